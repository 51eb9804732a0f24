#!/bin/sh
# Does the main job once, before the reader's eyes, on private directories: dockerizes, builds, pushes, pulls and runs the
# applications of examples/, asks them, and removes them with all that they brought. Needs no Internet; ends all it started.
#
#   demo.sh TREE
#
# All of it runs in a network namespace of its own, which takes the bridge of the pods with it.
set -eu

TREE=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../../../examples
. "$here/node.sh"
. "$here/bases.sh"

[ "$(id -u)" -eq 0 ] || fail "containers need root: sudo make run"
if [ -z "${GANTRY_DEMO_NETWORK:-}" ]; then
    GANTRY_DEMO_NETWORK=own exec unshare --net "$0" "$@"
fi
ip link set lo up

# The one that built the tree; what runs there need not be a whole one.
JDK=$(cat "$TREE/lib/jdk")
[ -x "$JDK/bin/jlink" ] || JDK=${JAVA_HOME:-$JDK}
[ -x "$JDK/bin/jlink" ] || fail "no JDK with jlink at $JDK: set JAVA_HOME to a JDK 25"

gantry() {
    "$TREE/bin/gantry" "$@"
}

# As a kubelet would, over the CRI.
pods() {
    "$JDK/bin/java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
        --sun-misc-unsafe-memory-access=allow -cp "$WORK/classes:$TREE/lib/*" io.gantry.e2e.demo.Pods "$@"
}

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}

BEGAN=$(milliseconds)
STEP_BEGAN=
step() {
    step_end
    printf '\n\033[1m== %s\033[0m\n' "$*"
    STEP_BEGAN=$(milliseconds)
}

step_end() {
    [ -z "$STEP_BEGAN" ] || printf '   \033[2m%s\033[0m\n' "$(seconds "$STEP_BEGAN")"
}

# seconds SINCE: as 1.2 s.
seconds() {
    spent=$(($(milliseconds) - $1))
    printf '%d.%d s' $((spent / 1000)) $((spent % 1000 / 100))
}

# shown COMMAND…: its output, indented; its failure is the script's.
shown() {
    if "$@" >"$WORK/shown" 2>&1; then
        sed 's/^/   /' "$WORK/shown"
    else
        sed 's/^/   /' "$WORK/shown" >&2
        fail "failed: $*"
    fi
}

# built ARGUMENTS…: builds, and shows what was done and what was there already.
built() {
    gantry build --progress=plain "$@" >"$WORK/built" 2>&1 || {
        cat "$WORK/built" >&2
        fail "failed: gantry build $*"
    }
    sed -n -E 's/^#[0-9]+ (\[.*\]|exporting|transferring|naming|DONE|CACHED)/   \1/p' "$WORK/built"
}

# expect WHAT WANTED GOT
expect() {
    [ "$3" = "$2" ] || fail "$1 is '$3', not '$2'"
}

http() {
    env -u http_proxy timeout 5 busybox wget -q -O - "http://$1"
}

answers() {
    http "$1" >/dev/null
}

# What a container could leave behind on the host; network namespaces are pinned by mounts. Other daemons have other names.
leftovers() {
    cgroup=gantry-$(printf %s "$WORK/lib" | sha256sum | cut -c 1-8)
    grep -c " $WORK/" /proc/self/mountinfo || :
    find /sys/fs/cgroup -type d -path "*/$cgroup/*" 2>/dev/null | sort
    ip -o link show type veth | wc -l
    ps -e -o args= | grep -c "^$TREE/libexec/gantry-shim" || :
}

end() {
    if [ "$1" -ne 0 ]; then
        tail -n 5 "$WORK"/logs/*/*.log >&2 2>/dev/null || :
    fi
    pods remove >/dev/null 2>&1 || :
    node_stop "$1"
}

step "A registry on loopback and gantryd, on directories and in a network of their own"
node_prepare
trap 'end $?' EXIT
mkdir -p "$WORK/classes" "$WORK/logs"
"$JDK/bin/javac" -proc:none -nowarn -d "$WORK/classes" -cp "$TREE/lib/*" -sourcepath "$here/../java" \
    "$here/../java/io/gantry/e2e/demo/Pods.java" &
compiler=$!
DEFAULT_NETWORK=true
registry_start
daemon_start
wait "$compiler" || fail "the client of the CRI does not compile"
leftovers >"$WORK/leftovers"
note "registry $REGISTRY, socket $GANTRY_HOST"
shown gantry version

step "Base images, without the Internet: from this machine's busybox, C library and JDK"
bases_make
shown gantry images

greeter=$REGISTRY/demo/greeter:1
site1=$REGISTRY/demo/site:1
site2=$REGISTRY/demo/site:2
step "gantry build: a Java service with a runtime that jlink cut down for it (examples/greeter)"
built -t "$greeter" --build-context "eclipse-temurin:25-jdk=docker-image://$JDK_BASE" \
    --build-context "debian:12-slim=docker-image://$DEBIAN_BASE" "$examples/greeter"

step "gantry build: a web site in two versions (examples/site)"
for version in 1 2; do
    built -t "$REGISTRY/demo/site:$version" --build-arg "VERSION=$version" \
        --build-context "busybox:1.37=docker-image://$BUSYBOX_BASE" "$examples/site"
done

step "gantry build, again: what did not change is not done again"
built -t "$greeter" --build-context "eclipse-temurin:25-jdk=docker-image://$JDK_BASE" \
    --build-context "debian:12-slim=docker-image://$DEBIAN_BASE" "$examples/greeter"

step "gantry push"
for image in "$greeter" "$site1" "$site2"; do
    shown gantry push -q "$image"
done

step "gantry rmi, and the builds' results with them: nothing is left here"
shown gantry rmi "$greeter" "$site1" "$site2" "$JDK_BASE" "$DEBIAN_BASE" "$BUSYBOX_BASE"
gantry image prune --force | tail -n 1 | sed 's/^/   /'
gantry builder prune --all --force | tail -n 1 | sed 's/^/   /'
expect "the list of images" "" "$(gantry images -q)"
shown gantry df

step "gantry pull: from the registry, as any other node would"
for image in "$greeter" "$site1" "$site2"; do
    gantry pull -q "$image" >/dev/null
done
shown gantry images

step "Pods over the CRI, as a kubelet makes them"
greeter_ip=$(pods run "$WORK/logs" greeter "$greeter" GREETING=Welcome)
site1_ip=$(pods run "$WORK/logs" site-1 "$site1")
site2_ip=$(pods run "$WORK/logs" site-2 "$site2")
shown pods list
! leftovers | diff -q "$WORK/leftovers" - >/dev/null || fail "pods run, but the last step would find nothing of them"

step "Each answers at its own address, and the two versions side by side"
await "the greeter" 20 answers "$greeter_ip:8080/"
await "the first site" 10 answers "$site1_ip:8080/"
await "the second site" 10 answers "$site2_ip:8080/"
note "$greeter_ip: $(http "$greeter_ip:8080/ada")"
for address in "$site1_ip" "$site2_ip"; do
    note "$address: $(http "$address:8080/" | sed -n 's,.*<h1>\(.*\)</h1>.*,\1,p')"
    note "$address: $(http "$address:8080/cgi-bin/about")"
done
http "$greeter_ip:8080/ada" | grep -q '^Welcome, ada! This is process 1 of greeter, Java 25 of [23] modules' ||
    fail "the greeter does not say what it should"
http "$site1_ip:8080/cgi-bin/about" | grep -q '^version 1 on site-1, uid 1000' || fail "site 1 is not the first version"
http "$site2_ip:8080/cgi-bin/about" | grep -q '^version 2 on site-2, uid 1000' || fail "site 2 is not the second version"

step "Their namespaces are their own: outside and in two of the pods"
names="pid mnt net uts ipc cgroup"
look='for ns in pid mnt net uts ipc cgroup; do readlink /proc/self/ns/$ns; done'
pods exec greeter /bin/sh -c "$look" >"$WORK/of-greeter"
pods exec site-1 /bin/sh -c "$look" >"$WORK/of-site-1"
printf '   %-8s %-24s %-24s %s\n' "" outside greeter site-1
line=0
for ns in $names; do
    line=$((line + 1))
    outside=$(readlink "/proc/self/ns/$ns")
    first=$(sed -n "${line}p" "$WORK/of-greeter")
    second=$(sed -n "${line}p" "$WORK/of-site-1")
    printf '   %-8s %-24s %-24s %s\n' "$ns" "$outside" "$first" "$second"
    [ -n "$first" ] && [ "$outside" != "$first" ] || fail "the container has no $ns namespace of its own"
    [ -n "$second" ] && [ "$first" != "$second" ] || fail "two containers share their $ns namespace"
done

step "Logs, as the kubelet reads them"
served() {
    grep -q 'GET /ada' "$WORK/logs/greeter/greeter.log"
}
await "the greeter's log" 10 served
tail -n 3 "$WORK/logs/greeter/greeter.log" | sed 's/^/   /'
grep -q ' stdout F serving on 8080' "$WORK/logs/greeter/greeter.log" || fail "the log lacks the service's first line"

step "Commands in them, and their exit codes"
note "$(pods exec site-2 /bin/sh -c 'echo "pid $$ beside pid 1, which is $(cat /proc/1/comm), as uid $(id -u)"')"
code=0
pods exec site-2 /bin/sh -c 'exit 42' || code=$?
note "exit code of 'exit 42': $code"
expect "the exit code" 42 "$code"

step "The same images by gantry run, beside the pods, which a kubelet does not see"
id=$(gantry run -d --name by-hand --hostname by-hand "$site2")
note "$id"
shown gantry ps
ready() {
    gantry exec by-hand busybox wget -q -O - http://127.0.0.1:8080/cgi-bin/about >"$WORK/by-hand"
}
await "the site by hand" 10 ready
note "$(cat "$WORK/by-hand")"
gantry logs by-hand 2>&1 | tail -n 2 | sed 's/^/   /'
code=0
gantry exec by-hand sh -c 'exit 42' || code=$?
expect "the exit code of exec" 42 "$code"
shown gantry run --rm "$greeter" --version
gantry stop -t 1 by-hand | sed 's/^/   stopped /'
gantry rm by-hand | sed 's/^/   removed /'
expect "the pods of the CRI" 3 "$(pods list | wc -l)"

step "The end: stopped, with exit codes, and removed with all they brought"
# 143: the service is ended by SIGTERM, as it is asked to end.
stopped=$(pods stop greeter 10)
note "$stopped"
expect "the end of the greeter" "greeter exited 143" "$stopped"
pods remove | sed 's/^/   removed pod /'
shown gantry rmi "$greeter" "$site1" "$site2"
expect "the list of containers" "" "$(gantry ps -aq --owner any)"
expect "the list of images" "" "$(gantry images -q)"
expect "the leases of addresses" "" "$(find "$WORK/lib/cni/networks" -name '10.*')"

step "Nothing is left on the host"
if leftovers | diff "$WORK/leftovers" -; then
    note "mounts, network namespaces, cgroups, links and shims are as before"
else
    fail "something is left"
fi
step_end
printf '\n\033[1m%s in all\033[0m\n' "$(seconds "$BEGAN")"
