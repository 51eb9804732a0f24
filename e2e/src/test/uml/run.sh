#!/bin/bash
# Runs the privileged and black-box test classes in a user-mode Linux kernel with cgroup v2 and AppArmor.
#
#   run.sh [MODULE…]      default: every module that has such classes
#
# The kernel boots on this machine's own root file system, read and written through hostfs, so the JDK, the tools and this
# checkout are there; state is kept on tmpfs inside. Reports go to MODULE/target/uml-reports. Not booting is a failure.
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
        if find "$candidate/src/test/java" \( -name '*PrivilegedIT.java' -o -name '*E2eIT.java' \) 2>/dev/null | grep -q .; then
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

# boot NAME MODULE…: boots a kernel that tests these modules, and waits for its end.
boot() {
    local guest=$work/$1
    shift
    mkdir "$guest"
    # What the kernel's first process reads: no environment and no exit status pass between the two kernels.
    {
        printf 'top=%q\nwork=%q\nguest=%q\nexport JAVA_HOME=%q CI=%q\n' "$top" "$work" "$guest" "$JAVA_HOME" "${CI:-}"
        printf 'modules=(%s)\nend=%d\n' "$*" $((minutes * 60 - 60))
    } > "$guest/settings"
    cat > "$guest/init" <<INIT
#!/bin/bash
. "$guest/settings"
. "$here/guest.sh"
INIT
    chmod 755 "$guest/init"
    timeout --kill-after=20 "$((minutes * 60))" "$kernel" mem=4G rootfstype=hostfs rootflags=/ rw init="$guest/init" \
        apparmor=1 security=apparmor \
        con=null con0=null,fd:1 quiet < /dev/null > "$guest/console" 2>&1 || true
}

echo "test-v2: booting $(basename "$kernel")"
guests=()
if [ ${#others[@]} -gt 0 ]; then boot modules "${others[@]}" & guests+=("$work/modules"); fi
if [ ${#scenarios[@]} -gt 0 ]; then boot scenarios "${scenarios[@]}" & guests+=("$work/scenarios"); fi
wait
for guest in "${guests[@]}"; do
    [ -f "$guest/booted" ] || { tail -20 "$guest/console" >&2; die "the kernel did not boot"; }
done
cat "${guests[0]}/booted"
status=0
for module in "${modules[@]}"; do
    echo "== $module"
    if [ -f "$work/$module.status" ]; then
        tail -n 12 "$work/$module.log"
        [ "$(cat "$work/$module.status")" = 0 ] || {
            status=1
            failures "$work/$module.log"
            echo "test-v2: $module failed"
        }
    else
        status=1
        tail -n 80 "$work/$module.log" 2>/dev/null || true
        cat "$work/$module.hung" 2>/dev/null || true
        echo "test-v2: $module did not finish within $minutes minutes"
    fi
done
exit "$status"
