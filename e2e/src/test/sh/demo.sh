#!/bin/sh
# Does the main job once, before the reader's eyes, on private directories; ends all that it started.
#
#   demo.sh TREE
set -eu

TREE=$(cd "$1" && pwd)
. "$(dirname "$0")/node.sh"

[ "$(id -u)" -eq 0 ] || fail "containers need root: sudo make run"
gantry() {
    "$TREE/bin/gantry" "$@"
}

# What a container could leave behind on the host.
leftovers() {
    grep -c " $WORK/" /proc/self/mountinfo || :
    find /sys/fs/cgroup -type d -path '*gantry*' 2>/dev/null | sort
    ip -o link show | wc -l
    ls /run/netns 2>/dev/null || :
    ps -e -o args= | grep -c "^$TREE/libexec/gantry-shim" || :
}

step "A registry on loopback with a small image, and gantryd, on directories of their own"
leftovers_file=$(mktemp)
node_start
note "registry $REGISTRY, image $IMAGE, socket $GANTRY_HOST"
leftovers >"$leftovers_file"
gantry version | sed 's/^/   /'

step "gantry pull $IMAGE"
gantry pull -q "$IMAGE" | sed 's/^/   /'
gantry images | sed 's/^/   /'

step "gantry run: a container that prints its namespaces and counts"
id=$(gantry run -d --name demo --hostname demo "$IMAGE" /bin/sh -c '
    for ns in pid mnt net uts ipc cgroup; do echo "$ns $(readlink /proc/self/ns/$ns)"; done
    echo "pid 1 is $(cat /proc/1/comm), host name $(hostname)"
    echo "to standard error" >&2
    i=0; while :; do i=$((i + 1)); echo "tick $i"; sleep 1; done')
note "$id"
gantry ps | sed 's/^/   /'

step "Its namespaces are its own: outside and inside"
# readlink in the container's log; the first six lines are there once it has named its host.
logged() {
    gantry logs demo 2>/dev/null | grep -q "tick 1"
}
await "the container's output" 10 logged
printf '   %-8s %-24s %s\n' "" outside inside
for ns in pid mnt net uts ipc cgroup; do
    outside=$(readlink "/proc/self/ns/$ns")
    inside=$(gantry logs demo 2>/dev/null | sed -n "s/^$ns //p" | head -n 1)
    printf '   %-8s %-24s %s\n' "$ns" "$outside" "$inside"
    [ -n "$inside" ] && [ "$outside" != "$inside" ] || fail "the container has no $ns namespace of its own"
done

step "gantry logs demo"
gantry logs demo 2>&1 | tail -n 4 | sed 's/^/   /'

step "gantry exec demo"
gantry exec demo /bin/sh -c 'echo "pid $$ beside pid 1, motd: $(cat /etc/motd)"' | sed 's/^/   /'
code=0
gantry exec demo /bin/sh -c 'exit 42' || code=$?
note "exit code of 'exit 42': $code"
[ "$code" -eq 42 ] || fail "exec passed on $code, not 42"

step "gantry run --rm, attached"
gantry run --rm "$IMAGE" /bin/echo "hello from a container" | sed 's/^/   /'

step "gantry stop, rm, rmi"
gantry stop -t 1 demo | sed 's/^/   stopped /'
gantry rm demo | sed 's/^/   removed /'
gantry rmi "$IMAGE" | sed 's/^/   /'
[ -z "$(gantry ps -aq)" ] || fail "a container is left"
[ -z "$(gantry images -q)" ] || fail "an image is left"

step "Nothing is left on the host"
if leftovers | diff "$leftovers_file" -; then
    note "mounts, cgroups, links, network namespaces and shims are as before"
else
    fail "something is left"
fi
rm -f "$leftovers_file"
