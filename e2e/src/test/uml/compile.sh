# Sourced by what runs tests in another kernel, with die, work and modules set, in the root of the checkout: compiles the
# tests, and gets what runs them there without Maven.
echo "compiling ${modules[*]}"
mvn -B -ntp -q -DskipTests -Dgantry.shim-test.skip=true -pl "$(IFS=,; echo "${modules[*]}")" -am package \
    org.apache.maven.plugins:maven-dependency-plugin:build-classpath \
    -Dmdep.outputFile=target/uml.classpath -Dmdep.includeScope=test > "$work/compile.log" 2>&1 ||
    { tail -40 "$work/compile.log" >&2; die "compiling failed"; }
junit=$(sed -n 's|.*<dep.junit.version>5\.\(.*\)</dep.junit.version>.*|1.\1|p' pom.xml)
mvn -B -ntp -q org.apache.maven.plugins:maven-dependency-plugin:copy \
    -Dartifact="org.junit.platform:junit-platform-console-standalone:$junit" \
    -DoutputDirectory="$work" -Dmdep.stripVersion=true > "$work/console.log" 2>&1 ||
    { tail -20 "$work/console.log" >&2; die "no JUnit console launcher $junit"; }

# failures LOG: of each test that failed, what the launcher tells of it, cut at eighty lines.
failures() {
    awk '/^[│ ]*[├└]─ / { lines = 0 }
        { if (lines < 80) told[lines++] = $0 }
        /status: ✘ FAILED/ { for (i = 0; i < lines; i++) print told[i]; lines = 0 }' "$1"
}
