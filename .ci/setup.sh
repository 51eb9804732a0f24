#!/bin/sh
# Installs the Debian packages that building and testing need, and none that are there already.
#
#   setup.sh [PACKAGE…]    further packages, for a benchmark
set -eu

needed="gcc make libc6-dev musl-tools libseccomp2 libisal2 libssl3 zstd perl maven busybox-static docker-registry skopeo
buildah containernetworking-plugins containerd runc podman openssl iptables iproute2 user-mode-linux kmod jq procps util-linux git
openssh-client openssh-server apparmor secilc e2fsprogs dbus debootstrap"

missing=
for package in $needed "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || :)
    case $state in
        ii*) ;;
        *) missing="$missing $package" ;;
    esac
done

# Java's own: Debian has JDK 25 only in newer releases, and any other source of it will do.
if [ -z "$("$(dirname "$0")/find-jdk.sh")" ]; then
    if apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1; then
        missing="$missing openjdk-25-jdk-headless"
    elif apt-cache show temurin-25-jdk >/dev/null 2>&1; then
        missing="$missing temurin-25-jdk"
    fi
fi

# The program in e2e/streaming wants Go 1.23, or 1.21 that fetches it; older releases of Debian have none.
if ! command -v go >/dev/null 2>&1 && [ ! -x /usr/local/go/bin/go ]; then
    version=$(apt-cache show golang-go 2>/dev/null | sed -n 's/^Version: [0-9]*:1\.\([0-9]*\).*/\1/p' | sort -n | tail -1)
    if [ "${version:-0}" -ge 21 ]; then
        missing="$missing golang-go"
    else
        echo "setup: no Go 1.21 or later here; StreamingE2eIT needs one" >&2
    fi
fi

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: this is not Debian or a relative of it; install the equivalents of:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "setup: these packages are missing; as root: apt-get install$missing" >&2
    exit 1
fi

echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# Lists that are there may be old but usually do; a fresh machine has none.
install() {
    # shellcheck disable=SC2086 # the packages are words
    apt-get -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends install $missing >/dev/null
}
# No service may start by itself: the tests start what they need on ports and directories of their own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
if ! install 2>/dev/null; then
    apt-get -qq update
    install
fi
