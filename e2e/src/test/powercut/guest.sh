# The first process inside the kernel that is killed; sourced after settings (shared, options, age, number, guest).
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount --make-rprivate /
mkdir -p /run/tmp /run/n/lib
export TMPDIR=/run/tmp

failed() {
    echo "$1" > "$shared/failure"
    poweroff -f
}

release=$(uname -r)
mkdir -p /run/modroot/lib/modules && ln -sfn "/usr/lib/uml/modules/$release" "/run/modroot/lib/modules/$release"
modprobe -d /run/modroot overlay || failed "no overlayfs"
ip link set lo up

# The soonest and the latest that the kernel writes to the disk by itself.
echo "$age" > /proc/sys/vm/dirty_expire_centisecs
echo 20 > /proc/sys/vm/dirty_writeback_centisecs

# Once to have the journal replayed, so that the check sees what a reader would.
mknod /run/disk b 98 0
mount -t ext4 -o "$options" /run/disk /run/n/lib || failed "the disk cannot be mounted"
umount /run/n/lib
e2fsck -fn /run/disk > /run/fsck 2>&1 || failed "the file system is damaged: $(cat /run/fsck)"
mount -t ext4 -o "$options" /run/disk /run/n/lib || failed "the disk cannot be mounted again"

ln -s "$shared/gantryd.log" /run/n/gantryd.log
: > "$shared/gantryd.log"
echo "mounted $number" >> "$shared/ledger"
"${guest[@]}" > "$shared/guest.log" 2>&1 < /dev/null || failed "the guest has ended with $?: $(tail -n 40 "$shared/guest.log")"
poweroff -f
