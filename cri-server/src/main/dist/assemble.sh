#!/bin/sh
# Lays the runnable tree out; run by Maven in the package phase, when the jars of others are already there.
#
#   assemble.sh TARGET JAR SHIM JAVA_HOME
#
# TARGET/gantry is the tree; TARGET/JAR is this module's own.
#
# lib      jars; native libraries taken out of them (native/), so that nothing is unpacked to /tmp at run time;
#          the class paths of daemon and client, in the order that their AOT caches are made with; the JDK
# bin      gantryd, gantry
# libexec  gantry-shim
set -eu

tree=$1/gantry
own_jar=$1/$2
shim=$3
jdk=$4
lib=$tree/lib
source=${0%/*}

fail() {
    echo "assemble: $1" >&2
    exit 1
}

case $(uname -m) in
    x86_64) jna=linux-x86-64 sqlite=x86_64 zstd=amd64 netty=x86_64 ;;
    aarch64) jna=linux-aarch64 sqlite=aarch64 zstd=aarch64 netty=aarch_64 ;;
    *) fail "no native libraries for $(uname -m)" ;;
esac

# take JAR-PREFIX ENTRY-PREFIX NAME: one native library out of a jar, under the name it is looked up by.
take() {
    for jar in "$lib/$1"-[0-9]*.jar; do
        [ -f "$jar" ] || return 0 # a module that is not there yet needs no library
        entry=$("$jdk/bin/jar" tf "$jar" | grep -e "^$2.*\.so\$" | head -n 1)
        [ -n "$entry" ] || continue
        (cd "$scratch" && "$jdk/bin/jar" xf "$jar" "$entry")
        # Another file, not other content: a daemon that runs from this tree has the old one mapped.
        install -m 755 "$scratch/$entry" "$lib/native/$3"
        return 0
    done
    fail "no $2 in $1"
}

install_tree() {
    mkdir -p "$tree/bin" "$tree/libexec" "$lib/native"
    install -m 755 "$source/bin/gantryd" "$source/bin/gantry" "$tree/bin/"
    install -m 644 "$source/lib/"* "$lib/"
    install -p -m 644 "$own_jar" "$lib/"
    [ -x "$shim" ] || fail "$shim is not built"
    install -m 755 "$shim" "$tree/libexec/gantry-shim"
    printf '%s\n' "$jdk" >"$lib/jdk"
    # Made for jars that have just been replaced; make build makes them anew.
    for cache in "$lib/gantryd.aot" "$lib/gantry.aot"; do
        [ -z "$(find "$lib" -name '*.jar' -newer "$cache" 2>/dev/null)" ] || rm -f "$cache"
    done
}

# Own jars first: the shorter way to most classes.
class_paths() {
    (cd "$lib" && ls ./*.jar) | sed 's|^\./||' >"$scratch/all"
    own='^\(cri-server\|proto\|isolation-linux\|image-service\|runtime-service\)-[0-9]'
    {
        grep -e "$own" "$scratch/all"
        grep -v -e "$own" "$scratch/all"
    } >"$lib/gantryd.jars"
    grep -e '^\(cri-server\|proto\|isolation-linux\|image-service\|grpc-\|netty-\|protobuf-java\|picocli\|guava\|failureaccess\|perfmark\|jspecify\|jackson-core\)' \
        "$lib/gantryd.jars" | grep -v -e '^grpc-\(services\|inprocess\|testing\)' >"$lib/gantry.jars"
}

# picocli is compiled for Java 5: see Modernise.
modernise() {
    for jar in "$lib"/picocli-[0-9]*.jar; do
        if ! [ "$jar.stamp" -nt "$jar" ]; then
            "$jdk/bin/java" "$source/Modernise.java" "$jar"
            touch "$jar.stamp"
        fi
    done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
install_tree
take jna "com/sun/jna/$jna/" libjnidispatch.so
take sqlite-jdbc "org/sqlite/native/Linux/$sqlite/" libsqlitejdbc.so
take zstd-jni "linux/$zstd/" libzstd-jni.so
take netty-transport-native-epoll "META-INF/native/libnetty_transport_native_epoll_$netty" \
    "libnetty_transport_native_epoll_$netty.so"
modernise
class_paths
