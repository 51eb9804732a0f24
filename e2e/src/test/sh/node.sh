# Sourced: a node of its own on private directories: a registry on loopback, a small image, a daemon. Whoever sources it
# sets TREE, calls node_start, and gets WORK, REGISTRY, IMAGE, GANTRY_HOST; node_stop ends all and removes all. Who wants no
# image calls node_prepare, registry_start and daemon_start instead. DEFAULT_NETWORK=true gives pods Gantry's own network.

step() {
    printf '\n\033[1m== %s\033[0m\n' "$*"
}

note() {
    printf '   %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# await WHAT SECONDS COMMAND…: until the command succeeds.
await() {
    what=$1
    tries=$(($2 * 20))
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "$what did not come"
        sleep 0.05
    done
}

free_port() {
    port=$((20000 + $$ % 20000))
    while ss -ltnH "sport = :$port" | grep -q .; do port=$((port + 1)); done
    echo "$port"
}

# An OCI layout by hand: one layer with Debian's static busybox, one on top that adds a file.
image_make() {
    layout=$WORK/image
    root=$WORK/rootfs
    mkdir -p "$layout/blobs/sha256" "$root/bin" "$root/etc" "$root/tmp" "$root/root" "$root/proc" "$root/sys" "$root/dev"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in sh echo cat ls readlink sleep seq hostname id ps true false env wc touch mount date head nc stty usleep yes setsid; do
        ln -s busybox "$root/bin/$applet"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    chmod 1777 "$root/tmp"
    tar --owner=0 --group=0 --numeric-owner --mtime=@0 --sort=name -C "$root" -cf "$WORK/base.tar" .
    mkdir -p "$WORK/top/etc"
    echo 'made by hand' >"$WORK/top/etc/motd"
    tar --owner=0 --group=0 --numeric-owner --mtime=@0 --sort=name -C "$WORK/top" -cf "$WORK/top.tar" .

    base_id=$(digest "$WORK/base.tar")
    top_id=$(digest "$WORK/top.tar")
    base=$(blob_add "$WORK/base.tar" gzip)
    top=$(blob_add "$WORK/top.tar" gzip)
    jq -n --arg base "sha256:$base_id" --arg top "sha256:$top_id" '{
        architecture: "amd64", os: "linux",
        config: {Env: ["PATH=/bin"], Cmd: ["/bin/sh"], WorkingDir: "/"},
        rootfs: {type: "layers", diff_ids: [$base, $top]}}' >"$WORK/config.json"
    config=$(blob_add "$WORK/config.json" cat)
    jq -n --argjson config "$(descriptor "$config" config.v1+json)" \
        --argjson base "$(descriptor "$base" layer.v1.tar+gzip)" --argjson top "$(descriptor "$top" layer.v1.tar+gzip)" '{
        schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: $config, layers: [$base, $top]}' >"$WORK/manifest.json"
    manifest=$(blob_add "$WORK/manifest.json" cat)
    jq -n --argjson manifest "$(descriptor "$manifest" manifest.v1+json)" '{
        schemaVersion: 2, manifests: [$manifest + {annotations: {"org.opencontainers.image.ref.name": "1"}}]}' \
        >"$layout/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
}

digest() {
    sha256sum "$1" | cut -d' ' -f1
}

# blob_add FILE FILTER: stores what the filter makes of the file, and prints its digest.
blob_add() {
    case $2 in
        gzip) gzip -nc "$1" >"$1.blob" ;;
        zstd) zstd -qc "$1" >"$1.blob" ;;
        *) cp "$1" "$1.blob" ;;
    esac
    added=$(digest "$1.blob")
    mv "$1.blob" "$layout/blobs/sha256/$added"
    echo "$added"
}

descriptor() {
    jq -n --arg digest "sha256:$1" --arg type "application/vnd.oci.image.$2" \
        --argjson size "$(stat -c %s "$layout/blobs/sha256/$1")" '{mediaType: $type, digest: $digest, size: $size}'
}

registry_start() {
    port=$(free_port)
    REGISTRY=127.0.0.1:$port
    cat >"$WORK/registry.yml" <<EOF
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${REGISTRY_DATA:-$WORK/registry}}}
http: {addr: $REGISTRY}
EOF
    docker-registry serve "$WORK/registry.yml" >"$WORK/registry.log" 2>&1 &
    REGISTRY_PID=$!
    await "the registry on $REGISTRY" 10 registry_ready
}

image_push() {
    IMAGE=$REGISTRY/demo/busybox:1
    skopeo copy -q --dest-tls-verify=false "oci:$WORK/image:1" "docker://$IMAGE" ||
        fail "cannot push to the registry"
}

registry_ready() {
    ss -ltnH "sport = :$port" | grep -q .
}

daemon_start() {
    mkdir -p "$WORK/certs.d/$REGISTRY" "$WORK/cni"
    printf 'server = "http://%s"\n' "$REGISTRY" >"$WORK/certs.d/$REGISTRY/hosts.toml"
    cat >"$WORK/config.toml" <<EOF
root = "$WORK/lib"
state = "$WORK/run"
socket = "$WORK/run/gantry.sock"
[registry]
config_path = ["$WORK/certs.d"]
[cni]
conf_dir = "$WORK/cni"
default_network = ${DEFAULT_NETWORK:-false}
EOF
    export GANTRY_HOST="unix://$WORK/run/gantry.sock"
    "$TREE/bin/gantryd" --config "$WORK/config.toml" >"$WORK/gantryd.log" 2>&1 &
    DAEMON_PID=$!
    if ! ( await "gantryd" 20 daemon_ready ); then
        sed 's/^/   gantryd: /' "$WORK/gantryd.log" >&2
        fail "gantryd did not start"
    fi
}

daemon_ready() {
    kill -0 "$DAEMON_PID" 2>/dev/null && "$TREE/bin/gantry" version
}

# Ends one of the processes that were started here, and waits for it.
process_end() {
    [ -n "$1" ] || return 0
    kill -TERM "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
}

node_prepare() {
    WORK=$(mktemp -d "${TMPDIR:-/var/tmp}/gantry-node.XXXXXX")
    DAEMON_PID=
    REGISTRY_PID=
    trap 'node_stop $?' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

node_start() {
    node_prepare
    image_make
    registry_start
    image_push
    daemon_start
}

# node_stop STATUS: ends the script with it, or with 1 when something is left.
node_stop() {
    status=$1
    trap - EXIT
    if [ -n "$DAEMON_PID" ] && kill -0 "$DAEMON_PID" 2>/dev/null; then
        for container in $("$TREE/bin/gantry" ps -aq --no-trunc 2>/dev/null); do
            "$TREE/bin/gantry" rm -f "$container" >/dev/null 2>&1 || :
        done
    fi
    process_end "$DAEMON_PID"
    process_end "$REGISTRY_PID"
    if [ "$status" -ne 0 ] && [ -s "$WORK/gantryd.log" ]; then
        echo "the end of the daemon's log:" >&2
        tail -n 20 "$WORK/gantryd.log" >&2
    fi
    # Only what is not mounted on may go: a leaked mount could lead out of the directory.
    if grep -q " $WORK/" /proc/self/mountinfo; then
        echo "mounts are left below $WORK; it is kept" >&2
        status=1
    else
        rm -rf "$WORK"
    fi
    exit "$status"
}
