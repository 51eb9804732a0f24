#!/bin/sh
# Prints the directory of a JDK 25, or nothing. With --explain, says what to do when there is none.
is_jdk25() {
    [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$1/release" 2>/dev/null
}

for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*25*; do
    if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
if [ "${1:-}" = --explain ]; then
    cat >&2 <<'EOF'
No JDK 25 found. Gantry is built with JDK 25 and runs on it. Install one (package temurin-25-jdk from Adoptium, or
openjdk-25-jdk-headless where Debian has it), or set JAVA_HOME to the directory of one, and try again.
EOF
fi
exit 0
