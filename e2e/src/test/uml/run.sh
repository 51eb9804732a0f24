#!/bin/bash
# Runs the privileged and black-box test classes in a user-mode Linux kernel with cgroup v2 and AppArmor, and those of
# SELinux in one that has that instead.
#
#   run.sh [MODULE…]      default: every module that has such classes
#
# The kernel boots on this machine's own root file system, read and written through hostfs, so the JDK, the tools and this
# checkout are there; state is kept on tmpfs inside. Reports go to MODULE/target/uml-reports and selinux-reports. Not booting
# is a failure.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
top=$PWD
here=$top/e2e/src/test/uml
work=$top/target/uml
minutes=${UML_MINUTES:-28}

die() { echo "test-v2: $*" >&2; exit 1; }
kernel=$(command -v linux.uml) || die "linux.uml is not there; install the package user-mode-linux"
[ "$(id -u)" -eq 0 ] || die "needs root: the tests make namespaces and cgroups"
[ -n "${JAVA_HOME:-}" ] || die "JAVA_HOME is not set; run make test-v2"

modules=("$@")
if [ ${#modules[@]} -eq 0 ]; then
    for candidate in isolation-linux image-service runtime-service cri-server e2e; do
        # Not into grep -q, which reads no further than the first: find then fails, and so would the condition.
        if [ -n "$(find "$candidate/src/test/java" \( -name '*PrivilegedIT.java' -o -name '*E2eIT.java' \) -print -quit)" ]; then
            modules+=("$candidate")
        fi
    done
fi
[ ${#modules[@]} -gt 0 ] || die "no test classes to run"

rm -rf "$work"
mkdir -p "$work"
. "$here/compile.sh"

# Two kernels, for each has one CPU only: the black-box scenarios in one, all else in the other.
scenarios=()
others=()
for module in "${modules[@]}"; do
    if [ "$module" = e2e ]; then scenarios+=("$module"); else others+=("$module"); fi
done

# boot NAME SECURITY MODULE…: boots a kernel with that security module, tests these modules, and waits for its end.
boot() {
    local guest=$work/$1 security=$2
    shift 2
    mkdir "$guest"
    if [ "$security" = selinux ]; then "$top/e2e/src/test/selinux/policy.sh" "$guest/policy"; fi
    # What the kernel's first process reads: no environment and no exit status pass between the two kernels.
    {
        printf 'top=%q\nwork=%q\nguest=%q\nexport JAVA_HOME=%q CI=%q\n' "$top" "$work" "$guest" "$JAVA_HOME" "${CI:-}"
        printf 'security=%q\nmodules=(%s)\nend=%d\n' "$security" "$*" $((minutes * 60 - 60))
    } > "$guest/settings"
    cat > "$guest/init" <<INIT
#!/bin/bash
. "$guest/settings"
. "$here/guest.sh"
INIT
    chmod 755 "$guest/init"
    timeout --kill-after=20 "$((minutes * 60))" "$kernel" mem=4G rootfstype=hostfs rootflags=/ rw init="$guest/init" \
        "$security=1" security="$security" \
        con=null con0=null,fd:1 quiet < /dev/null > "$guest/console" 2>&1 || true
}

echo "test-v2: booting $(basename "$kernel")"
guests=()
names=()
for module in "${modules[@]}"; do names+=("uml-$module"); done
labelled=()
if [[ " ${others[*]} " == *" runtime-service "* ]]; then labelled=(runtime-service); fi
if [ ${#others[@]} -gt 0 ]; then
    {
        boot modules apparmor "${others[@]}"
        if [ ${#labelled[@]} -gt 0 ]; then boot selinux selinux "${labelled[@]}"; fi
    } &
    guests+=("$work/modules")
fi
if [ ${#scenarios[@]} -gt 0 ]; then boot scenarios apparmor "${scenarios[@]}" & guests+=("$work/scenarios"); fi
wait
for module in "${labelled[@]}"; do
    names+=("selinux-$module")
    guests+=("$work/selinux")
done
for guest in "${guests[@]}"; do
    [ -f "$guest/booted" ] || { tail -20 "$guest/console" >&2; die "the kernel did not boot"; }
    cat "$guest/booted"
done
status=0
for name in "${names[@]}"; do
    echo "== $name"
    if [ -f "$work/$name.status" ]; then
        tail -n 12 "$work/$name.log"
        [ "$(cat "$work/$name.status")" = 0 ] || {
            status=1
            failures "$work/$name.log"
            echo "test-v2: $name failed"
        }
    else
        status=1
        tail -n 80 "$work/$name.log" 2>/dev/null || true
        cat "$work/$name.hung" 2>/dev/null || true
        echo "test-v2: $name did not finish within $minutes minutes"
    fi
done
exit "$status"
