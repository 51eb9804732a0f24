#!/bin/bash
# Runs the tests that want systemd as the init, on cgroup v2, in a user-mode Linux kernel with a disk of its own.
#
# The tests run in this machine's root file system, which is mounted there, so the JDK, the tools and this checkout are
# there; systemd does not. The disk is made once and kept. Reports go to MODULE/target/systemd-reports.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
top=$PWD
here=$top/e2e/src/test/systemd
work=$top/target/systemd
seconds=${SYSTEMD_SECONDS:-900}

die() { echo "test-systemd: $*" >&2; exit 1; }
kernel=$(command -v linux.uml) || die "linux.uml is not there; install the package user-mode-linux"
[ "$(id -u)" -eq 0 ] || die "needs root: the tests make namespaces and cgroups"
[ -n "${JAVA_HOME:-}" ] || die "JAVA_HOME is not set; run make test-systemd"

modules=(isolation-linux e2e)
rm -rf "$work"
mkdir -p "$work"
# Another disk for another way to make it.
image=${GANTRY_TEST_CACHE:-/var/cache/gantry-test}/systemd-$(sha256sum "$here/image.sh" | cut -c 1-12).img
if [ ! -f "$image" ]; then
    echo "test-systemd: making the disk, $image"
    "$here/image.sh" "$image"
fi
. "$top/e2e/src/test/uml/compile.sh"

# What the script in there reads: no environment and no exit status pass between the two kernels.
{
    printf 'top=%q\nwork=%q\nexport JAVA_HOME=%q CI=%q\n' "$top" "$work" "$JAVA_HOME" "${CI:-}"
    printf 'modules=(%s)\n' "${modules[*]}"
    cat "$here/node.sh"
} > "$work/script"
# On a busy machine the kernel has been seen to panic before it came to the tests: that says nothing about them.
for console in "$work/console" "$work/console-again"; do
    echo "test-systemd: booting $(basename "$kernel")"
    timeout --kill-after=20 "$seconds" "$kernel" mem=3G ubda="$work/disk,$image" root=/dev/ubda rw con=null \
        con0=null,fd:1 quiet node.script="$work/script" < /dev/null > "$console" 2>&1 || true
    rm -f "$work/disk"
    if [ -f "$work/booted" ]; then break; fi
    tail -n 40 "$console" >&2
done
[ -f "$work/booted" ] || die "the machine did not boot"
cat "$work/booted"
status=0
for module in "${modules[@]}"; do
    echo "== $module"
    if [ -f "$work/$module.status" ]; then
        tail -n 12 "$work/$module.log"
        [ "$(cat "$work/$module.status")" = 0 ] || {
            status=1
            failures "$work/$module.log"
            echo "test-systemd: $module failed"
        }
    else
        status=1
        tail -n 80 "$work/$module.log" 2>/dev/null || true
        tail -n 20 "$console"
        echo "test-systemd: $module did not finish within $seconds seconds"
    fi
done
exit "$status"
