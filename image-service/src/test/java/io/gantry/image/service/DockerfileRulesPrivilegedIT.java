package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.layer.Root;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Each rule of Dockerfiles, built and looked at: the tables are in {@code rules/}. */
@Tag("privileged")
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason =
                "its two hundred builds take minutes; what depends on the kernel is elsewhere")
class DockerfileRulesPrivilegedIT {

    @TempDir private static Path directory;
    private static Building building;
    private static RuleBench bench;

    @BeforeAll
    static void open() throws IOException {
        Root.required();
        building = new Building(directory);
        building.base();
        bench = new RuleBench(building);
    }

    @AfterAll
    static void close() {
        if (building != null) {
            building.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> rules() throws IOException {
        return RuleSheets.rows().stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.toString(),
                                        () ->
                                                assertThat(bench.differences(row))
                                                        .as("%s", row.dockerfile())
                                                        .isEmpty()));
    }

    @Test
    void everyRuleHasARowAndEveryRowARule() throws IOException {
        Map<String, String> rules = new LinkedHashMap<>();
        for (String line : RuleSheets.lines("rules.txt")) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int blank = line.indexOf(' ');
                assertThat(rules.put(line.substring(0, blank), line.substring(blank + 1)))
                        .as("rule %s is listed once", line)
                        .isNull();
            }
        }
        List<String> covered = new ArrayList<>();
        RuleSheets.rows().forEach(row -> covered.add(row.rule()));
        for (Map.Entry<String, String> rule : rules.entrySet()) {
            int elsewhere = rule.getValue().indexOf(" => ");
            if (elsewhere > 0) {
                isTested(rule.getValue().substring(elsewhere + 4));
                covered.add(rule.getKey());
            }
        }
        assertThat(covered).allMatch(rules::containsKey);
        assertThat(rules.keySet()).allMatch(covered::contains);
    }

    /** A rule about what is outside of the engine names the test that has it: file and method. */
    private static void isTested(String elsewhere) throws IOException {
        String[] words = elsewhere.split(" ", 2);
        Path file = Path.of("..").resolve(words[0]);
        assertThat(file).exists();
        assertThat(Files.readString(file)).contains("void " + words[1] + "(");
    }
}
