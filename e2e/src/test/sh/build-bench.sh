#!/bin/sh
# Measures builds by Gantry and, where it is installed, by buildah, in alternating rounds of one run, and prints a table
# of medians and their ratio.
#
#   build-bench.sh TREE [ROUNDS]      5 rounds unless said otherwise
#
#   steps     two stages, 12 RUN and COPY of next to nothing: cold, and the same again
#   copy      COPY of 20,000 files, 400 MB in all: cold, the same again, and with one file changed
#
# Gantry packs the layers of an image when it is built, buildah when it is pushed; "unpacked" is Gantry with layers that are not
# packed (-o type=image,compression=uncompressed). Cold: an ENV with a new value comes first, so that no step can come from the cache; the base image is there. What
# was built is dropped before each cold build. Both include the start of their client. Buildah runs its commands by chroot and in
# the network that is there, which is the least that it can do; so does Gantry in the network, with all else that confines a command.
#
# BENCH_DIR=DIR is where the scratch directory goes, and so the state of both.
set -eu

TREE=$(cd "$1" && pwd)
ROUNDS=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/node.sh"

[ "$(id -u)" -eq 0 ] || fail "builds need root"
if [ -z "${BENCH_WORK:-}" ]; then
    BENCH_WORK=$(mktemp -d "${BENCH_DIR:-/var/tmp}/gantry-build-bench.XXXXXX")
    export BENCH_WORK
    trap 'rm -rf "$BENCH_WORK"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Links, mounts and processes go with the namespaces.
    unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private "$0" "$TREE" "$ROUNDS"
    exit
fi

WORK=$BENCH_WORK
REGISTRY=127.0.0.1:1
DAEMON_PID=
ip link set lo up

contexts_make() {
    mkdir -p "$WORK/base" "$WORK/steps" "$WORK/copy"
    cp "$(command -v busybox)" "$WORK/base/busybox"
    cat >"$WORK/base/Dockerfile" <<'EOF'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
EOF
    echo 'an application' >"$WORK/steps/main"
    cat >"$WORK/steps/template" <<'EOF'
FROM localhost/bench/base:1 AS made
ENV NONCE=@
WORKDIR /src
COPY main .
RUN mkdir out
RUN cp main out/app
RUN echo 'key = value' > out/conf
RUN sed s/value/other/ out/conf > out/conf2
RUN seq 1 1000 > out/numbers
RUN sort -rn out/numbers > out/sorted
RUN md5sum out/sorted > out/sum
FROM localhost/bench/base:1
ENV NONCE=@
RUN echo app:x:4000:4000::/: >> /passwd
COPY --from=made /src/out /opt/app
RUN cat /opt/app/sum > /sum
RUN rm /opt/app/numbers
ENTRYPOINT ["/opt/app/app"]
EOF
    # 20,000 files of 20 KiB, none like another, that do not pack well.
    mkdir "$WORK/copy/tree"
    perl -e '
        srand 7;
        for my $d (0 .. 199) {
            mkdir "$ARGV[0]/d$d" or die;
            for my $f (0 .. 99) {
                open my $out, ">", "$ARGV[0]/d$d/f$f" or die;
                print $out pack("L*", map { rand 4294967296 } 1 .. 2560), "x" x 10240;
                close $out;
            }
        }' "$WORK/copy/tree"
    cat >"$WORK/copy/template" <<'EOF'
FROM localhost/bench/base:1
ENV NONCE=@
COPY tree /tree
CMD ["sh"]
EOF
}

# build BUILDER CONTEXT
build() {
    case $1 in
    gantry) "$TREE/bin/gantry" build -q --network host -t "localhost/bench/$2:1" "$WORK/$2" ;;
    unpacked) "$TREE/bin/gantry" build -q --network host -t "localhost/bench/$2:1" \
        -o type=image,compression=uncompressed "$WORK/$2" ;;
    buildah) buildah --root "$WORK/buildah" --runroot "$WORK/buildah-run" --storage-driver overlay bud -q --layers \
        --isolation chroot --pull-never -t "localhost/bench/$2:1" "$WORK/$2" ;;
    esac >"$WORK/out" 2>&1 || { tail -n 20 "$WORK/out" >&2; fail "$1 cannot build $2"; }
}

# reset BUILDER: all but the base image goes.
reset() {
    case $1 in
    gantry | unpacked)
        "$TREE/bin/gantry" rmi -f localhost/bench/steps:1 localhost/bench/copy:1 || :
        "$TREE/bin/gantry" builder prune -f || :
        ;;
    buildah)
        buildah --root "$WORK/buildah" --runroot "$WORK/buildah-run" --storage-driver overlay rmi -f localhost/bench/steps:1 \
            localhost/bench/copy:1 || :
        buildah --root "$WORK/buildah" --runroot "$WORK/buildah-run" --storage-driver overlay rmi --prune -f || :
        ;;
    esac >/dev/null 2>&1
    sync
}

# measure BUILDER CONTEXT WHAT
measure() {
    began=$(date +%s%N)
    build "$1" "$2"
    echo "$2-$3 $1 $((($(date +%s%N) - began) / 1000000))" >>"$WORK/times"
}

# round BUILDER
round() {
    for context in steps copy; do
        reset "$1"
        nonce=$(date +%s%N)
        sed "s/@/$nonce/" "$WORK/$context/template" >"$WORK/$context/Dockerfile"
        measure "$1" "$context" cold
        measure "$1" "$context" again
    done
    date +%s%N >"$WORK/copy/tree/d50/f25"
    measure "$1" copy changed
}

table() {
    sort "$WORK/times" | perl -e '
        my (%t, %what);
        while (<STDIN>) { my ($w, $b, $ms) = split; push @{$t{$w}{$b}}, $ms; }
        sub median { my @s = sort { $a <=> $b } @_; @s % 2 ? $s[@s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2 }
        my @b = grep { $t{"steps-cold"}{$_} } "gantry", "unpacked", "buildah";
        print "median ms     ", (map { sprintf "%10s", $_ } @b), "   ratios to buildah\n";
        for my $w ("steps-cold", "steps-again", "copy-cold", "copy-again", "copy-changed") {
            my %m = map { $_ => median(@{$t{$w}{$_}}) } @b;
            printf "%-14s", $w;
            printf "%10.0f", $m{$_} for @b;
            printf "%10.2f", $m{$_} / $m{buildah} for $m{buildah} ? ("gantry", "unpacked") : ();
            print "\n";
        }'
}

trap 'process_end "$DAEMON_PID"' EXIT
contexts_make
daemon_start
builders="gantry unpacked"
command -v buildah >/dev/null 2>&1 && builders="gantry unpacked buildah"
for builder in $builders; do
    build "$builder" base
    round "$builder"
done
# The first round warms up.
: >"$WORK/times"
for _ in $(seq "$ROUNDS"); do
    for builder in $builders; do
        round "$builder"
    done
done
table
note "the most that the daemon had: $(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$DAEMON_PID/status") MB (RSS)"
[ -z "${BENCH_TIMES:-}" ] || cp "$WORK/times" "$BENCH_TIMES"
