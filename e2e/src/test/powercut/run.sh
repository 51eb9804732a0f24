#!/bin/bash
# Cuts the power of a user-mode Linux kernel in which a daemon pulls and removes images, again and again, and has each cut's
# disk checked by the next boot. Needs what `make test-powercut` compiles.
#
#   run.sh TREE [PULLS [REMOVALS [STARTS]]]    default: 50 50 10
#
# POWERCUT_SEED repeats what a run drew, as far as time can be; POWERCUT_ALL=yes goes on after a failure, with a new disk;
# POWERCUT_WORK=DIR keeps the disk and the logs there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
e2e=$(cd "$here/../../.." && pwd)
tree=$(cd "$1" && pwd)

die() { echo "test-powercut: $*" >&2; exit 1; }
command -v linux.uml > /dev/null || die "linux.uml is not there; install the package user-mode-linux"
[ "$(id -u)" -eq 0 ] || die "needs root: the daemon in the kernel is root on this machine's files"
[ -r "$e2e/target/bench.classpath" ] || die "nothing is compiled; run make test-powercut"
jdk=${JAVA_HOME:-$(cat "$tree/lib/jdk")}

if [ -n "${POWERCUT_WORK:-}" ]; then
    work=$POWERCUT_WORK
    mkdir -p "$work"
else
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/gantry-powercut.XXXXXX")
    trap 'rm -rf "$work"' EXIT
fi
work=$(cd "$work" && pwd)

java="$jdk/bin/java -XX:-UsePerfData -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m --enable-native-access=ALL-UNNAMED"
java="$java --sun-misc-unsafe-memory-access=allow"
classes=$e2e/target/e2e-powercut.jar:$(cat "$e2e/target/bench.classpath")
# An AOT cache wants its classes in archives.
"$jdk/bin/jar" cf "$e2e/target/e2e-powercut.jar" -C "$e2e/target/test-classes" .
$java -cp "$classes" io.gantry.e2e.powercut.PowerCuts "${2:-50}" "${3:-50}" "${4:-10}" "${POWERCUT_SEED:-$(date +%s)}" \
    "$work" "$([ "${POWERCUT_ALL:-}" = yes ] && echo true || echo false)" "$here/guest.sh" "env JAVA_HOME=$jdk $java" \
    "-Dgantry.tree=$tree -cp $classes io.gantry.e2e.powercut.CutGuest"
