package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.layer.FileTree;
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

/**
 * The rows of the tables of rules that execute nothing, built by Gantry and by buildah, and
 * compared: files and configuration. Where the two differ, {@code rules/buildah.txt} names the rule
 * that is for Gantry, and a row that it names has to differ so.
 */
@Tag("privileged")
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "a hundred builds by two builders take minutes")
class BuildahPrivilegedIT {

    private static final int ENOUGH = 60;

    /** In place of a row: may be in any. */
    private static final String EVERYWHERE = "*";

    @TempDir private static Path directory;
    private static Path memory;
    private static Building building;
    private static RuleBench bench;
    private static Buildah buildah;

    /** A difference that is meant: the rule for it, and how its description begins. */
    private record Meant(String rule, String difference) {}

    @BeforeAll
    static void open() throws IOException {
        Root.required();
        building = new Building(directory);
        bench = new RuleBench(building);
        memory = Files.createTempDirectory(Path.of("/dev/shm"), "gantry-buildah");
        buildah = new Buildah(memory);
    }

    @AfterAll
    static void close() throws IOException {
        if (building != null) {
            building.close();
        }
        if (memory != null) {
            FileTree.remove(memory);
        }
    }

    @TestFactory
    Stream<DynamicTest> bothBuildersMakeTheSameOfARowUnlessARuleSaysOtherwise() throws IOException {
        Map<String, List<Meant>> meant = meant();
        return rows().stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.toString(),
                                        () ->
                                                compare(
                                                        row,
                                                        meant.getOrDefault(
                                                                row.toString(), List.of()))));
    }

    @Test
    void thereAreEnoughRowsAndEveryMeantDifferenceIsOfOneAndHasARule() throws IOException {
        List<String> rows = new ArrayList<>(rows().stream().map(RuleRow::toString).toList());
        assertThat(rows).hasSizeGreaterThanOrEqualTo(ENOUGH).doesNotHaveDuplicates();
        rows.add(EVERYWHERE);
        List<String> rules =
                RuleSheets.lines("rules.txt").stream().map(it -> it.split(" ", 2)[0]).toList();
        meant().forEach(
                        (row, all) -> {
                            assertThat(row).isIn(rows);
                            assertThat(all).extracting(Meant::rule).allMatch(rules::contains);
                        });
    }

    private static List<RuleRow> rows() throws IOException {
        // What lines are made of, the two see alike, and each row costs half a second.
        return RuleSheets.rows().stream()
                .filter(it -> !it.rule().startsWith("1.1."))
                .filter(RuleRow::executesNothing)
                .toList();
    }

    /** Lines of {@code row | rule | difference}. */
    private static Map<String, List<Meant>> meant() throws IOException {
        Map<String, List<Meant>> meant = new LinkedHashMap<>();
        for (String line : RuleSheets.lines("buildah.txt")) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] parts = line.split(" \\| ", 3);
                meant.computeIfAbsent(parts[0], _ -> new ArrayList<>())
                        .add(new Meant(parts[1], parts[2]));
            }
        }
        return meant;
    }

    private static void compare(RuleRow row, List<Meant> meant) throws IOException {
        Path context = bench.context(row);
        BuildResult ours = bench.built(row, context);
        List<String> differences = new ArrayList<>();
        try {
            BuiltTree theirs = buildah.build(row, context);
            differences.addAll(BuiltTree.ofGantry(building, ours).differences(theirs));
        } catch (ServiceException e) {
            differences.add("buildah fails: " + e.getMessage());
        }
        List<String> left = new ArrayList<>(differences);
        for (Meant each : meant().getOrDefault(EVERYWHERE, List.of())) {
            left.removeIf(it -> it.startsWith(each.difference));
        }
        for (Meant each : meant) {
            assertThat(left)
                    .as("the difference that is meant is there, of %s", differences)
                    .anyMatch(it -> it.startsWith(each.difference));
            left.removeIf(it -> it.startsWith(each.difference));
        }
        assertThat(left).as("%s", row.dockerfile()).isEmpty();
    }
}
