#!/bin/sh
# Measures Gantry and, where Debian's containerd and runc are installed (.ci/setup.sh containerd runc), containerd in
# alternating rounds of one run, and prints a table. Both get the same network plugins, image, registry and disk.
#
#   bench.sh TREE [OPTION…]                      options of Bench, --only exec for one; --only soak --soak 24000 for
#                                                a long one
#   bench.sh TREE --only streaming [OPTION…]     exec, output and forwarded ports as kubectl's library sees them; options of
#                                                e2e/streaming, -rounds 3 -megabytes 256 for some; wants Go
#   bench.sh TREE --only streaming-checks [OPTION…] [CHECK…]    has it check instead, each runtime after the other
#
# BENCH_PEER=no leaves containerd out; BENCH_BASE=TREE takes another build of Gantry in; BENCH_JSON=FILE keeps the JSON;
# BENCH_DIR=DIR is where the scratch directory goes, and so the state of the runtimes; BENCH_REGISTRY=DIR keeps the registry
# with the images for the next run.
#
# All of it runs in network, mount and pid namespaces of its own, which take links, firewall rules, mounts and processes
# with them however this ends. Only cgroups and files are left to remove.
set -eu

TREE=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/node.sh"
shift
streaming=
case "${1:-} ${2:-}" in
    "--only streaming" | "--only streaming-checks") streaming=$2 ;;
esac

[ "$(id -u)" -eq 0 ] || fail "a benchmark of containers needs root"

if [ -z "${BENCH_WORK:-}" ]; then
    BENCH_WORK=$(mktemp -d "${BENCH_DIR:-/var/tmp}/gantry-bench.XXXXXX")
    BENCH_CGROUP=/gantry-bench-$$
    export BENCH_WORK BENCH_CGROUP
    clean() {
        trap - EXIT
        # The namespaces are gone, so nothing runs in these and nothing is mounted on those.
        find /sys/fs/cgroup -depth -type d -path "*$BENCH_CGROUP*" -exec rmdir {} + 2>/dev/null || :
        rm -rf "$BENCH_WORK"
    }
    trap clean EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Here, for the namespaces have no way to Go's modules.
    [ -z "$streaming" ] || PATH=$PATH:/usr/local/go/bin go build -C "$here/../../../streaming" -o "$BENCH_WORK/streaming" .
    unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private "$0" "$TREE" "$@"
    exit
fi

WORK=$BENCH_WORK
ip link set lo up
# Where skopeo remembers blobs: an interrupted run must not damage that of the machine.
[ ! -d /var/lib/containers/cache ] || mount -t tmpfs none /var/lib/containers/cache

# The network that pods get: what Debian's plugins do for most clusters of one node.
network_make() {
    mkdir -p "$WORK/net.d"
    jq -n --arg dir "$WORK/ipam" '{
        cniVersion: "1.0.0", name: "bench", plugins: [
            {type: "bridge", bridge: "bench0", isGateway: true, ipMasq: true, hairpinMode: true,
             ipam: {type: "host-local", dataDir: $dir, ranges: [[{subnet: "10.203.0.0/16"}]],
                    routes: [{dst: "0.0.0.0/0"}]}},
            {type: "portmap", capabilities: {portMappings: true}}]}' >"$WORK/net.d/10-bench.conflist"
}

# What containerd keeps for every pod; as small as the usual one.
pause_make() {
    mkdir -p "$WORK/pause"
    printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' >"$WORK/pause.c"
    gcc -Os -static -s -o "$WORK/pause/pause" "$WORK/pause.c"
    layers_push bench/pause:1 gzip '{"Entrypoint": ["/pause"]}' "$WORK/pause"
}

# The images to pull: one of five layers, 20,000 files and 300 MB, packed in two ways, and ten small ones.
pulls_make() {
    pulls="--pull gzip=$REGISTRY/bench/big:gzip --pull zstd=$REGISTRY/bench/big:zstd --pull small="
    for i in 1 2 3 4 5 6 7 8 9 10; do
        pulls="$pulls$REGISTRY/bench/small:$i,"
    done
    [ ! -e "$REGISTRY_DATA/complete" ] || return 0
    big=$WORK/big
    "$here/bench-image.pl" "$big" 1 5 20000 760
    for packing in gzip zstd; do
        layers_push "bench/big:$packing" "$packing" '{}' "$big"/?
    done
    note "an image to pull: $(du -sm --apparent-size "$big" | cut -f1) MB, $(find "$big" -type f | wc -l) files, 5 layers"
    rm -rf "$big"
    for i in 1 2 3 4 5 6 7 8 9 10; do
        "$here/bench-image.pl" "$WORK/small" "1$i" 2 200 10
        layers_push "bench/small:$i" gzip '{}' "$WORK/small"/?
        rm -rf "$WORK/small"
    done
    touch "$REGISTRY_DATA/complete"
}

# layers_push NAME PACKING CONFIG DIRECTORY…: an image with one layer of each directory.
layers_push() {
    name=$1
    packing=$2
    config=$3
    shift 3
    layout=$WORK/layout
    rm -rf "$layout"
    mkdir -p "$layout/blobs/sha256"
    packed=
    other=
    for directory in "$@"; do
        layer_add "$directory" >"$directory.layer" &
        # Two at a time.
        [ -z "$other" ] || wait "$other" || fail "cannot pack a layer of $name"
        other=$!
        packed="$packed $directory.layer"
    done
    wait "$other" || fail "cannot pack a layer of $name"
    # shellcheck disable=SC2086 # the names are words
    diff_ids=$(cat $packed | jq -cs 'map(.id)')
    # shellcheck disable=SC2086
    layers=$(cat $packed | jq -cs 'map(.layer)')
    # shellcheck disable=SC2086
    rm -f $packed
    jq -n --argjson ids "$diff_ids" --argjson config "$config" '{
        architecture: "amd64", os: "linux", config: $config,
        rootfs: {type: "layers", diff_ids: $ids}}' >"$WORK/config.json"
    blob=$(blob_add "$WORK/config.json" cat)
    jq -n --argjson config "$(descriptor "$blob" config.v1+json)" --argjson layers "$layers" '{
        schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: $config, layers: $layers}' >"$WORK/manifest.json"
    blob=$(blob_add "$WORK/manifest.json" cat)
    jq -n --argjson manifest "$(descriptor "$blob" manifest.v1+json)" '{
        schemaVersion: 2, manifests: [$manifest + {annotations: {"org.opencontainers.image.ref.name": "1"}}]}' \
        >"$layout/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    skopeo copy -q --dest-tls-verify=false "oci:$layout:1" "docker://$REGISTRY/$name" || fail "cannot push $name"
    rm -rf "$layout" "$WORK/config.json" "$WORK/manifest.json"
}

# layer_add DIRECTORY: stores it as a layer, and prints what is to be said of it.
layer_add() {
    tar --owner=0 --group=0 --numeric-owner --mtime=@1700000000 --sort=name -C "$1" -cf "$1.tar" .
    id=$(digest "$1.tar")
    blob=$(blob_add "$1.tar" "$packing")
    rm -f "$1.tar"
    jq -n --arg id "sha256:$id" --argjson layer "$(descriptor "$blob" "layer.v1.tar+$packing")" \
        '{id: $id, layer: $layer}'
}

# gantry_make NAME TREE
gantry_make() {
    mkdir -p "$WORK/$1"
    cat >"$WORK/$1.toml" <<END
root = "$WORK/$1/lib"
state = "$WORK/$1/run"
socket = "$WORK/$1.sock"
[registry]
config_path = ["$WORK/certs.d"]
[cni]
conf_dir = "$WORK/net.d"
bin_dirs = ["$cni_bin"]
END
    printf '#!/bin/sh\nexec "%s" --config "%s"\n' "$2/bin/gantryd" "$WORK/$1.toml" >"$WORK/$1.sh"
    chmod 755 "$WORK/$1.sh"
}

# oom_score_adj: not every root may lower it, and where it may not runc fails.
containerd_make() {
    mkdir -p "$WORK/containerd"
    cat >"$WORK/containerd.toml" <<END
version = 2
root = "$WORK/containerd/lib"
state = "$WORK/containerd/run"
[grpc]
  address = "$WORK/containerd.sock"
[debug]
  level = "warn"
[plugins."io.containerd.internal.v1.opt"]
  path = "$WORK/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$REGISTRY/bench/pause:1"
  restrict_oom_score_adj = true
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cni_bin"
    conf_dir = "$WORK/net.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$WORK/certs.d"
END
    printf '#!/bin/sh\nexec containerd --config "%s"\n' "$WORK/containerd.toml" >"$WORK/containerd.sh"
    chmod 755 "$WORK/containerd.sh"
}

cni_bin=/usr/lib/cni
[ -d "$cni_bin" ] || cni_bin=/opt/cni/bin
step "A registry on loopback, a network of its own, images"
network_make
image_make
REGISTRY_DATA=${BENCH_REGISTRY:-$WORK/registry}
registry_start
image_push
mkdir -p "$WORK/certs.d/$REGISTRY"
printf 'server = "http://%s"\n' "$REGISTRY" >"$WORK/certs.d/$REGISTRY/hosts.toml"
pulls=
case $* in
    *--only*pull*) pulls_make ;;
    *--only*) ;;
    *) pulls_make ;;
esac
gantry_make gantry "$TREE"
[ -z "${BENCH_BASE:-}" ] || gantry_make base "$BENCH_BASE"
peer=
if [ "${BENCH_PEER:-yes}" = yes ] && command -v containerd >/dev/null && command -v runc >/dev/null; then
    pause_make
    containerd_make
    peer=yes
fi

step "Measuring gantry${peer:+ and $(containerd --version | cut -d' ' -f1,3), $(runc --version | head -n 1)}"
note "kernel $(uname -r), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $(stat -f -c %T "$WORK")"
if [ -n "$streaming" ]; then
    shift 2
    runtimes=
    failed=
    for each in gantry ${BENCH_BASE:+base} ${peer:+containerd}; do
        "$WORK/$each.sh" >"$WORK/$each.log" 2>&1 &
        await "the socket of $each" 30 test -S "$WORK/$each.sock"
        runtimes="$runtimes -measure $each=unix://$WORK/$each.sock"
        [ "$streaming" = streaming-checks ] || continue
        note "$each"
        "$WORK/streaming" -endpoint "unix://$WORK/$each.sock" -image "$IMAGE" -cgroup-parent "$BENCH_CGROUP" "$@" ||
            failed="$failed $each"
    done
    if [ "$streaming" = streaming-checks ]; then
        [ -z "$failed" ] || fail "checks failed:$failed"
        exit
    fi
    # shellcheck disable=SC2086 # the names are words
    "$WORK/streaming" $runtimes -image "$IMAGE" -cgroup-parent "$BENCH_CGROUP" "$@"
    exit
fi
# The measuring client is compiled cheaply: what it compiles takes processors away from what it measures.
jdk=${JAVA_HOME:-$(cat "$TREE/lib/jdk")}
"$jdk/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Djava.util.logging.config.file="$TREE/lib/gantry-logging.properties" \
    -cp "$here/../../../target/test-classes:$(cat "$here/../../../target/bench.classpath")" io.gantry.e2e.bench.Bench \
    --runtime "gantry=$WORK/gantry.sock" --daemon "gantry=$WORK/gantry.sh" \
    ${BENCH_BASE:+--runtime "base=$WORK/base.sock" --daemon "base=$WORK/base.sh"} \
    ${peer:+--runtime "containerd=$WORK/containerd.sock" --daemon "containerd=$WORK/containerd.sh"} \
    --image "$IMAGE" $pulls --cgroup-parent "$BENCH_CGROUP" \
    --leases "$WORK/ipam/bench" --database "gantry=$WORK/gantry/lib/gantry.db" \
    --json "$WORK/bench.json" "$@"
[ -z "${BENCH_JSON:-}" ] || cp "$WORK/bench.json" "$BENCH_JSON"
process_end "$REGISTRY_PID"
