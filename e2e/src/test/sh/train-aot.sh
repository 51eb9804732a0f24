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

# All in one JVM: a cache is of one run.
rehearse() {
    GANTRY_CLIENT_MAIN=io.gantry.cli.Rehearsal "$TREE/bin/gantry"
}

client_records() {
    GANTRY_CLIENT_JAVA_OPTS="-XX:AOTMode=record -XX:AOTConfiguration=$lib/gantry.aotconf"
    export GANTRY_CLIENT_JAVA_OPTS
}

workload() {
    cat <<EOF
version
info
pull --progress=tty $IMAGE
images
tag $IMAGE rehearsed:1
save -o $ARCHIVE rehearsed:1
load -i $ARCHIVE
history $IMAGE
df
push $IMAGE
rmi rehearsed:1
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

builds() {
    cat <<EOF
build -t rehearsed:2 $CONTEXT
build -t rehearsed:2 $CONTEXT
builder df
builder prune -af
EOF
}

context_make() {
    CONTEXT=$WORK/context
    mkdir "$CONTEXT"
    printf 'FROM %s\nCOPY file /\nRUN cat /file\n' "$IMAGE" >"$CONTEXT/Dockerfile"
    echo 'a file' >"$CONTEXT/file"
}

# The daemon's cache has no builds: they would make it 5 MB larger in the memory of every node, whether it builds or not.
# So the client, whose cache costs memory only while it runs, has a run of its own.
record() {
    export GANTRY_JAVA_OPTS="-XX:AOTMode=record -XX:AOTConfiguration=$lib/gantryd.aotconf"
    node_start
    ARCHIVE=$WORK/rehearsed.tar
    context_make
    workload | rehearse >"$WORK/rehearsal.log" 2>&1 || :
    process_end "$DAEMON_PID"
    unset GANTRY_JAVA_OPTS
    daemon_start
    { builds && workload; } | (client_records && rehearse) >"$WORK/rehearsal.log" 2>&1 || :
    process_end "$DAEMON_PID"
    DAEMON_PID=
}

# Two steps, for the assembly in one of them leaves the heap and the links out.
assemble() {
    [ -s "$lib/$1.aotconf" ] || return 0
    options="-XX:AOTMode=create -XX:AOTConfiguration=$lib/$1.aotconf -XX:AOTCache=$lib/$1.aot"
    GANTRY_JAVA_OPTS=$options GANTRY_CLIENT_JAVA_OPTS=$options "$TREE/bin/$1" >"$lib/$1.aotlog" 2>&1 || :
    [ -s "$lib/$1.aot" ] || cat "$lib/$1.aotlog" >&2
    rm -f "$lib/$1.aotconf" "$lib/$1.aotlog"
}

has_daemon() {
    jdk=${JAVA_HOME:-$(cat "$lib/jdk")}
    "$jdk/bin/jar" tf "$lib"/cri-server-*.jar | grep -q '^io/gantry/cri/main/Main.class$'
}

if [ "$(id -u)" -eq 0 ] && has_daemon; then
    echo "AOT caches: recording a workload"
    ( record ) >/dev/null || echo "AOT caches: the workload failed; see above" >&2
    assemble gantryd
else
    # The client still learns its own start, its connection, and how it fails.
    echo "AOT caches: the client's only, for there is no daemon to start here"
    IMAGE=busybox
    ARCHIVE=/dev/null
    GANTRY_HOST=unix://$lib/no.sock
    export GANTRY_HOST
    client_records
    workload | rehearse >/dev/null 2>&1 || :
fi
assemble gantry
[ -s "$lib/gantry.aot" ] || echo "AOT caches: none for the client, which will start slower" >&2
