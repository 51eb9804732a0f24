# The first process inside the user-mode kernel; sourced after settings (top, work, guest, security, modules, JAVA_HOME).
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t securityfs securityfs /sys/kernel/security
kind=uml
classes='.*(PrivilegedIT|E2eIT)$'
if [ "$security" = selinux ]; then
    # The policy in one write, as the kernel wants it; the dd of most systems would split it.
    mount -t selinuxfs selinuxfs /sys/fs/selinux
    dd if="$guest/policy" of=/sys/fs/selinux/load bs=16M 2>> "$guest/policy.log"
    echo 1 > /sys/fs/selinux/enforce
    kind=selinux
    classes='.*[.]Selinux[A-Za-z]*PrivilegedIT$'
fi
mount --make-rprivate /

# State on tmpfs, for hostfs can be no upper layer; not over /tmp, where the checkout may be.
mkdir -p /run/scratch/tmp /run/bin
chmod 1777 /run/scratch/tmp
export TMPDIR=/run/scratch/tmp

# The modules are where the package puts them; modprobe looks elsewhere, and the root is another kernel's.
release=$(uname -r)
modules_dir=/usr/lib/uml/modules/$release
mkdir -p /run/modroot/lib/modules && ln -sfn "$modules_dir" "/run/modroot/lib/modules/$release"
for name in overlay veth bridge br_netfilter nf_tables nft_masq nft_compat nft_ct nf_nat xt_MASQUERADE xt_nat xt_comment \
    ip_tables iptable_nat iptable_filter xt_tcpudp xt_multiport xt_mark xt_conntrack xt_addrtype loop; do
    modprobe -d /run/modroot "$name" 2>> "$guest/modprobe.log" || true
done

# The kernel lacks nf_tables for IPv4, which Debian's default iptables wants.
if [ -x /usr/sbin/xtables-legacy-multi ]; then
    for name in iptables ip6tables iptables-save ip6tables-save iptables-restore ip6tables-restore; do
        ln -s /usr/sbin/xtables-legacy-multi "/run/bin/$name"
    done
    export PATH=/run/bin:$PATH
fi
ip link set lo up

{
    echo "kernel $release, cgroup v2 with: $(cat /sys/fs/cgroup/cgroup.controllers)," \
        "AppArmor: $(cat /sys/module/apparmor/parameters/enabled)," \
        "SELinux enforced: $(cat /sys/fs/selinux/enforce 2>/dev/null || echo 0)"
} > "$guest/booted"

# tell: what all that runs here is at, for a run that is about to be cut off; the kernel takes everything along.
tell() {
    echo "== $1 does not end; threads of its JVMs, processes, the daemons' last words, the kernel's"
    pkill -QUIT java
    sleep 5
    ps -eo pid,ppid,stat,wchan:24,etimes,args --width 200
    find "$TMPDIR" -name gantryd.log -size +0 -exec tail -n 150 {} +
    dmesg | tail -n 40
}

for module in "${modules[@]}"; do
    cd "$top/$module" || continue
    rm -rf "target/$kind-reports"
    "$JAVA_HOME/bin/java" -XX:-UsePerfData -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Djava.io.tmpdir="$TMPDIR" \
        -Dgantry.test.kernel="$kind" -Dgantry.e2e.kills=10 -cp "$work/junit-platform-console-standalone.jar:target/test-classes:target/classes:$(cat target/uml.classpath)" \
        org.junit.platform.console.ConsoleLauncher execute --scan-classpath=target/test-classes \
        --include-classname="$classes" --fail-if-no-tests --reports-dir="target/$kind-reports" --details=verbose --disable-banner \
        --disable-ansi-colors > "$work/$kind-$module.log" 2>&1 < /dev/null &
    tests=$!
    { sleep $((end - SECONDS)); tell "$module" > "$work/$kind-$module.hung" 2>&1; poweroff -f; } &
    watch=$!
    wait "$tests"
    echo $? > "$work/$kind-$module.status"
    kill "$watch"
done
sync
poweroff -f
