#!/bin/sh
# Puts Debian 13 with its Orthanc into a folder, as root: the Orthanc that hospitals run today, beside the one of this machine.
# What lies there is run in place by ORTHANC_PREFIX/bin/Orthanc; nothing of this machine is changed.
set -eu

folder=$1
debian=$folder/debian-13
suite=trixie

# The mirror that this machine's own packages come from.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1
}

# Whatever an interrupted run left is not trusted.
rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/share"
debootstrap --variant=minbase "$suite" "$debian" "$(mirror)"

# No service starts while packages are installed; 101 means "forbidden" (policy-rc.d of invoke-rc.d).
printf '#!/bin/sh\nexit 101\n' >"$debian/usr/sbin/policy-rc.d"
chmod 755 "$debian/usr/sbin/policy-rc.d"
in_debian() {
  chroot "$debian" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
in_debian apt-get -q update
in_debian apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends orthanc orthanc-dicomweb orthanc-python
in_debian apt-get clean

# Started by Debian 13's own loader with Debian 13's libraries, so it needs neither chroot nor root. The environment reaches
# Orthanc alone: a service that the plugin starts is a program of this machine.
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
"$folder/bin/Orthanc" --version | head -n 1 | sed 's/.* //' >"$folder/version"
