#!/bin/bash
# Makes the disk of a machine whose init is systemd: Debian's smallest system, from where this machine gets its packages.
#
#   image.sh FILE
#
# Its one service of ours mounts the file system of the machine that it runs on at /host, runs the script there that the
# kernel's command line names as node.script=PATH, and ends the machine.
set -euo pipefail
image=$1
die() { echo "image: $1" >&2; exit 1; }

command -v debootstrap > /dev/null || die "debootstrap is not there; make setup installs it"
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
site=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$codename" '$2 == release { print $1; exit }')
[ -n "$site" ] || die "apt knows no source of packages for release \"$codename\""

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$codename" "$root" "$site" > "$scratch/log" 2>&1 ||
    { tail -20 "$scratch/log" >&2; die "debootstrap failed"; }
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,locale,man}
mkdir "$root/host"
cat > "$root/usr/local/sbin/node-script" <<'SCRIPT'
#!/bin/bash
mount -t hostfs none /host -o /
script=$(sed -n 's/.*node\.script=\([^ ]*\).*/\1/p' /proc/cmdline)
# In mounts of its own, not shared with anybody, as a container engine wants them.
unshare --mount --propagation private /bin/bash "/host$script"
sync
systemctl --no-block --force poweroff
SCRIPT
chmod 755 "$root/usr/local/sbin/node-script"
cat > "$root/etc/systemd/system/node-script.service" <<'UNIT'
[Unit]
Description=Runs the script that the kernel's command line names
Requires=dbus.service
After=dbus.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/node-script

[Install]
WantedBy=multi-user.target
UNIT
ln -s ../node-script.service "$root/etc/systemd/system/multi-user.target.wants/node-script.service"
mkdir -p "$(dirname "$image")"
mkfs.ext4 -q -F -d "$root" "$image.new" 700M
mv "$image.new" "$image"
