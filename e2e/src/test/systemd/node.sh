
# Run by systemd's only service of ours, after settings (top, work, modules, JAVA_HOME), in mounts of its own: goes into
# the root of the machine outside, with the kernel's file systems and systemd's /run, and runs the tests.
host=/host
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
for directory in proc sys dev run; do mount --rbind "/$directory" "$host/$directory"; done
mkdir -p /run/old /run/scratch/tmp /run/modroot/lib/modules
chmod 1777 /run/scratch/tmp
# A change of the root, not of this process's alone: commands in containers would have the other one.
cd "$host" && pivot_root . run/old && umount -l /run/old && cd /
exec > "$work/script.log" 2>&1
export TMPDIR=/run/scratch/tmp

release=$(uname -r)
ln -s "/usr/lib/uml/modules/$release" "/run/modroot/lib/modules/$release"
for name in overlay veth bridge; do modprobe -d /run/modroot "$name"; done
ip link set lo up
echo "kernel $release, $(systemctl --version | head -n 1), cgroup v2 with: $(cat /sys/fs/cgroup/cgroup.controllers)" > "$work/booted"

for module in "${modules[@]}"; do
    cd "$top/$module" || continue
    rm -rf target/systemd-reports
    "$JAVA_HOME/bin/java" -XX:-UsePerfData -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Djava.io.tmpdir="$TMPDIR" \
        -Dgantry.test.kernel=systemd -cp "$work/junit-platform-console-standalone.jar:target/test-classes:target/classes:$(cat target/uml.classpath)" \
        org.junit.platform.console.ConsoleLauncher execute --scan-classpath=target/test-classes \
        --include-classname='.*[.]Systemd[A-Za-z]*(PrivilegedIT|E2eIT)$' --reports-dir=target/systemd-reports --details=verbose \
        --disable-banner --disable-ansi-colors > "$work/$module.log" 2>&1 < /dev/null
    echo $? > "$work/$module.status"
done
