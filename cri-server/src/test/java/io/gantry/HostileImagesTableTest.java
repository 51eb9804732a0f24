package io.gantry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every attack of the table has tests, and these are there under their names. */
class HostileImagesTableTest {

    private static final Path TABLE =
            Sources.ROOT.resolve("cri-server/src/test/resources/hostile-images.tsv");

    /** What was published of the attacks on others. */
    private static final int ATTACKS = 16;

    private record Row(String attack, String outcome, List<String> tests) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(TABLE)) {
            if (!line.startsWith("#")) {
                String[] columns = line.split("\t", -1);
                assertThat(columns).as(line).hasSize(3);
                rows.add(new Row(columns[0], columns[1], List.of(columns[2].split(" ", -1))));
            }
        }
        return rows;
    }

    @Test
    void everyAttackHasATest() throws IOException {
        assertThat(rows()).extracting(Row::attack).hasSize(ATTACKS).doesNotHaveDuplicates();
        assertThat(rows())
                .allSatisfy(
                        row -> {
                            assertThat(row.attack()).isNotBlank();
                            assertThat(row.outcome()).isNotBlank();
                            assertThat(row.tests()).doesNotContain("").doesNotHaveDuplicates();
                        });
    }

    @Test
    void everyTestOfTheTableExists() throws IOException {
        Map<String, Path> classes = new HashMap<>();
        for (Path file : Sources.java("test")) {
            classes.put(file.getFileName().toString().replace(".java", ""), file);
        }
        for (Row row : rows()) {
            for (String test : row.tests()) {
                int hash = test.indexOf('#');
                assertThat(hash).as(test).isPositive();
                Path file = classes.get(test.substring(0, hash));
                assertThat(file).as("class of " + test).isNotNull();
                assertThat(isTest(Files.readString(file), test.substring(hash + 1)))
                        .as(test + " is a test")
                        .isTrue();
            }
        }
    }

    /** Whether one of JUnit's annotations stands between the member before and the method. */
    private static boolean isTest(String source, String method) {
        return Pattern.compile(
                        "@(?:Test|ParameterizedTest)\\b(?:(?!\\n    \\}\\n).)*?\\svoid "
                                + Pattern.quote(method)
                                + "\\(",
                        Pattern.DOTALL)
                .matcher(source)
                .find();
    }
}
