# Sourced: base images without the Internet, from what Debian's busybox and a JDK of this machine are made of. They stand in
# for those that the Dockerfiles of examples/ name. Whoever sources it has WORK, JDK and the function gantry.

BUSYBOX_BASE=bases/busybox:1
DEBIAN_BASE=bases/debian:1
JDK_BASE=bases/jdk:1

bases_make() {
    root=$WORK/bases/busybox
    mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/root" "$root/srv"
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    ln -s busybox "$root/bin/sh"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    base_build "$BUSYBOX_BASE" "$root" <<'DOCKERFILE'
FROM scratch
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY . /
RUN busybox --install -s /bin
CMD ["sh"]
DOCKERFILE

    # The C library and what else a Java runtime is linked with.
    base_build "$DEBIAN_BASE" "$(libraries_copy "$WORK/bases/debian")" <<DOCKERFILE
FROM $BUSYBOX_BASE
COPY . /
DOCKERFILE

    # -h: Debian's own JDK has its configuration in /etc. Nearly whole, for a jlink without jmods/ wants each file of a module.
    mkdir "$WORK/bases/jdk"
    (cd "$JDK" && tar -chf - --exclude=./demo --exclude=./lib/src.zip .) |
        tar -xf - -C "$WORK/bases/jdk"
    base_build "$JDK_BASE" "$WORK/bases/jdk" <<DOCKERFILE
FROM $DEBIAN_BASE
COPY . /opt/java/openjdk
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:\$PATH
DOCKERFILE
}

# base_build NAME DIRECTORY: with the Dockerfile on standard input.
base_build() {
    gantry build -q -t "$1" -o type=image,compression=uncompressed -f - "$2" >/dev/null
}

# libraries_copy DIRECTORY: the libraries of the JDK's core that are the system's, where its linker looks for them.
libraries_copy() {
    mkdir -p "$1"
    for of in bin/java lib/libjli.so lib/server/libjvm.so lib/libjava.so lib/libjimage.so lib/libnet.so lib/libnio.so lib/libzip.so; do
        [ ! -e "$JDK/$of" ] || ldd "$JDK/$of"
    done | grep -o ' */[^ ]*' | grep -v "^ *$JDK/" | sort -u | while read -r library; do
        mkdir -p "$1${library%/*}"
        cp -L "$library" "$1$library"
    done
    echo "$1"
}
