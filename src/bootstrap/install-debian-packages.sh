#!/bin/sh
# Installs the named Debian packages, as root, without starting or enabling their services. Debian's Orthanc would
# listen on all addresses; the demo and the tests start their own servers on free loopback ports.
set -eu

policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d} # set by tests
aside=$policy.before-lung-triage
export DEBIAN_FRONTEND=noninteractive

# Debian runs policy-rc.d before it starts a service; exit code 101 forbids the start. An administrator's own file is
# restored on every exit.
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
  restore_policy # after an earlier run that was killed
  if [ -e "$policy" ]; then
    mv "$policy" "$aside"
  fi
  printf '#!/bin/sh\n# lung-triage: no service starts while packages are installed\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

apt() {
  apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -q -y "$@"
}

# List files have the archive's dates. The date of the folder is that of the last update.
lists_are_fresh() {
  [ -n "$(find /var/lib/apt/lists -maxdepth 0 -mtime -1)" ] && ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1
}

disable_service() {
  if command -v deb-systemd-helper >/dev/null; then
    # deb-systemd-helper works only for maintainer scripts.
    DPKG_MAINTSCRIPT_PACKAGE=$1 deb-systemd-helper disable "$1.service" >/dev/null
  fi
  if command -v update-rc.d >/dev/null && [ -e "/etc/init.d/$1" ]; then
    update-rc.d "$1" disable
  fi
}

forbid_services
lists_are_fresh || apt update
apt install --no-install-recommends "$@" || {
  apt update # the package lists may be out of date
  apt install --no-install-recommends "$@"
}
for package in "$@"; do
  case $package in
    nginx | orthanc | postgresql | prometheus | redis-server) disable_service "$package" ;;
  esac
done
