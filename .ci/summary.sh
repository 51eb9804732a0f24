#!/bin/sh
# Adds up the reports of all tests, and prints "N passed, N failed" as the last line; fails when one failed.
# Names what failed, with the beginning of its message, just before: whoever sees no more than the end of a log sees it.
#
#   summary.sh STATUS…    exit statuses of the runs, each counted as one more test
set -eu

counts=$(
    find . -path '*/target/*-reports*/TEST-*.xml' -exec cat {} + 2>/dev/null |
        grep -o '<testsuite [^>]*>' |
        awk '
            function number(name,    at) {
                if (!match($0, " " name "=\"[0-9]+\"")) return 0
                at = substr($0, RSTART, RLENGTH)
                gsub(/[^0-9]/, "", at)
                return at
            }
            { bad = number("failures") + number("errors"); failed += bad
              passed += number("tests") - bad - number("skipped"); skipped += number("skipped") }
            END { print passed + 0, failed + 0, skipped + 0 }'
)
# shellcheck disable=SC2086 # three numbers
set -- "$@" $counts
runs=$(($# - 3))
passed=0
failed=0
while [ "$runs" -gt 0 ]; do
    if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    shift
    runs=$((runs - 1))
done
passed=$((passed + $1))
failed=$((failed + $2))
find . -path '*/target/*-reports*/TEST-*.xml' | sort | while read -r report; do
    awk -v report="$report" '
        function attribute(name,    value) {
            if (!match($0, " " name "=\"[^\"]*\"")) return ""
            value = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
            gsub(/&#10;/, " ", value)
            return value
        }
        /^ *<testcase / { test = attribute("classname") "." attribute("name") }
        /^ *<(failure|error)[ >]/ { print "FAILED " test ": " substr(attribute("message"), 1, 2000); print "    in " report }
    ' "$report"
done
if [ "$3" -gt 0 ]; then
    echo "$passed passed, $failed failed, $3 skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
