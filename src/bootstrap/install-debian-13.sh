#!/bin/sh
# Installs Debian 13 with its Orthanc, the version that hospitals run today, into a folder, as root. FOLDER/bin/Orthanc
# runs it in place. The rest of this machine is not changed.
set -eu

folder=$1
debian=$folder/debian-13
suite=trixie

# The package mirror of this machine.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1
}

# Removes what an interrupted run left.
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/share"
debootstrap --variant=minbase "$suite" "$debian" "$(mirror)"

# Forbids services to start during the installation: exit code 101 of policy-rc.d, see invoke-rc.d(8).
printf '#!/bin/sh\nexit 101\n' >"$debian/usr/sbin/policy-rc.d"
chmod 755 "$debian/usr/sbin/policy-rc.d"
in_debian() {
  chroot "$debian" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
in_debian apt-get -q update
in_debian apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends orthanc orthanc-dicomweb orthanc-python orthanc-postgresql
in_debian apt-get clean

# Debian 13's loader and libraries run Orthanc without chroot and without root. LD_LIBRARY_PATH is not used, because the
# service that the plugin starts must use the libraries of this machine.
cat >"$folder/bin/Orthanc" <<'WRAPPER'
#!/bin/sh
debian=$(cd "$(dirname "$0")/../debian-13" && pwd)
export PYTHONHOME="$debian/usr"
export DCMDICTPATH="$debian/usr/share/dcmtk/dicom.dic"
exec "$debian/lib64/ld-linux-x86-64.so.2" --library-path "$debian/usr/lib/x86_64-linux-gnu:$debian/usr/lib" \
  "$debian/usr/sbin/Orthanc" "$@"
WRAPPER
chmod 755 "$folder/bin/Orthanc"
ln -s ../debian-13/usr/share/orthanc "$folder/share/orthanc"
# Last, so that an interrupted installation has none; another version of this script installs anew.
sha256sum <"$0" >"$folder/installed-by"
