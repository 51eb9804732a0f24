# Sourced by bin/gantryd and bin/gantry with home set: finds a JDK 25 and the class path.

die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 125
}

lib=$home/lib

# The release file is part of every JDK; asking it starts no JVM.
is_jdk25() {
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r line; do
        case $line in JAVA_VERSION=\"25*) return 0 ;; esac
    done <"$1/release"
    return 1
}

built_with=
if [ -r "$lib/jdk" ]; then IFS= read -r built_with <"$lib/jdk" || :; fi

find_java() {
    if [ -n "${GANTRY_JAVA_HOME:-}" ]; then
        is_jdk25 "$GANTRY_JAVA_HOME" || die "GANTRY_JAVA_HOME=$GANTRY_JAVA_HOME is not a JDK 25"
        java=$GANTRY_JAVA_HOME/bin/java
        return
    fi
    for candidate in "${JAVA_HOME:-}" "$built_with" /usr/lib/jvm/*25*; do
        if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
            java=$candidate/bin/java
            return
        fi
    done
    die "no JDK 25 found: set GANTRY_JAVA_HOME to one"
}

# The jars named in a list, in its order, which the AOT cache depends on.
class_path() {
    path=
    while IFS= read -r jar; do
        path=$path${path:+:}$lib/$jar
    done <"$1"
}

find_java
