#!/bin/sh
# Makes the AOT caches of daemon and client (JEP 514) from a recorded workload: a real one as root, else as much as goes
# without. A cache saves start-up time and nothing else: that there is none fails no build.
#
#   train-aot.sh TREE
set -eu

TREE=$(cd "$1" && pwd)
. "$(dirname "$0")/node.sh"
lib=$TREE/lib

if [ -r "$lib/gantryd.aot" ] && [ -r "$lib/gantry.aot" ] && [ -z "$(find "$lib" -name '*.jar' -newer "$lib/gantry.aot")" ]; then
    exit 0
fi
rm -f "$lib/gantryd.aot" "$lib/gantry.aot"

if [ "$(id -u)" -ne 0 ]; then
    echo "AOT caches: not made, the daemon needs root"
    exit 0
fi

# The tree is packed before the daemon's composition root is there: then there is nothing to record.
if ! grep -q io/gantry/cri/main/Main.class "$lib"/cri-server*.jar; then
    echo "AOT caches: not made, the tree holds no daemon"
    exit 0
fi

# Once per command, all in one JVM: a cache is of one run.
rehearse() {
    GANTRY_CLIENT_MAIN=io.gantry.cli.Rehearsal \
        GANTRY_CLIENT_JAVA_OPTS="-XX:AOTCacheOutput=$lib/gantry.aot" "$TREE/bin/gantry" <<EOF
version
info
pull $IMAGE
images
run --name one -d $IMAGE /bin/sleep 60
run --rm $IMAGE /bin/echo hello
create --name two $IMAGE /bin/true
start -a two
exec one /bin/ls
logs two
ps -a
ps -a -o json
pods
inspect one
stop -t 0 one
rm one two
rmi $IMAGE
nothing
run --nonsense
EOF
}

record() {
    export GANTRY_JAVA_OPTS="-XX:AOTCacheOutput=$lib/gantryd.aot"
    node_start >/dev/null
    echo "AOT caches: recording a workload"
    rehearse >"$WORK/rehearsal.log" 2>&1 || :
    if [ ! -s "$lib/gantry.aot" ]; then
        echo "AOT caches: none for the client; what it said:" >&2
        tail -n 10 "$WORK/rehearsal.log" >&2
    fi
    process_end "$DAEMON_PID"
    DAEMON_PID=
    [ -s "$lib/gantryd.aot" ] || echo "AOT caches: none for the daemon" >&2
    rm -f "$lib/gantry.aot.config" "$lib/gantryd.aot.config"
}

# In a shell of its own: what fails ends the recording and its node, and leaves the build as it was.
( record ) || echo "AOT caches: the workload could not be recorded" >&2
