#!/bin/bash
# Compiles the policy that the tests of SELinux labels run under.
#
#   policy.sh FILE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
command -v secilc > /dev/null || { echo "policy: secilc is not there; make setup installs it" >&2; exit 1; }
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
{
    cat "$here/containers.cil"
    seq -f '(category c%.0f)' 0 1023
    echo "(categoryorder ($(seq -f 'c%.0f' -s ' ' 0 1023)))"
} > "$whole"
# The version that Linux 5.18 and later take.
secilc -M true -c 33 -f /dev/null -o "$1" "$whole"
