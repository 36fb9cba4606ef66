#!/bin/sh
# Installs the named Debian packages, as root, without starting or enabling the servers among them: the demo and the tests start
# their own on free loopback ports, while Debian's Orthanc would listen on all addresses.
set -eu

policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d} # tests set another
aside=$policy.before-lung-triage
export DEBIAN_FRONTEND=noninteractive

# Debian asks policy-rc.d before it starts a service; 101 means "forbidden". An administrator's own comes back in any case.
restore_policy() {
  if [ -e "$aside" ]; then
    mv -f "$aside" "$policy"
  elif grep -qs lung-triage "$policy"; then
    rm -f "$policy"
  fi
}
trap restore_policy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

forbid_services() {
  restore_policy # what an earlier run that was killed left behind
  if [ -e "$policy" ]; then
    mv "$policy" "$aside"
  fi
  printf '#!/bin/sh\n# lung-triage: no service starts while packages are installed\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

apt() {
  apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -q -y "$@"
}

# The lists carry the archive's dates; the folder's date is that of the last update.
lists_are_fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1)" ] && ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1
}

disable_service() {
  if command -v deb-systemd-helper >/dev/null; then
    # It refuses to work for anybody who is not a package's own script.
    DPKG_MAINTSCRIPT_PACKAGE=$1 deb-systemd-helper disable "$1.service" >/dev/null
  fi
  if command -v update-rc.d >/dev/null && [ -e "/etc/init.d/$1" ]; then
    update-rc.d "$1" disable
  fi
}

forbid_services
lists_are_fresh || apt update
apt install --no-install-recommends "$@" || {
  apt update # the archive may have moved on since the lists were read
  apt install --no-install-recommends "$@"
}
for package in "$@"; do
  case $package in
    orthanc | prometheus | redis-server) disable_service "$package" ;;
  esac
done
