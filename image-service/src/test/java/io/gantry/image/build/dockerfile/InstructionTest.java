package io.gantry.image.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.source.DockerfileException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * Each instruction with its flags and forms, a row per rule. In the tables {@code ⏎} stands for a
 * newline, {@code ⇥} for a tab and {@code ␍} for a carriage return.
 */
class InstructionTest {

    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(
            resources = "instructions.txt",
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            maxCharsPerColumn = 8192)
    void isRead(String rule, String text, String expected) {
        assertThat(Shown.of(last(text))).as(rule).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(
            resources = "refusals.txt",
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            maxCharsPerColumn = 8192)
    void isRefused(String rule, String text, String reason) {
        assertThatThrownBy(() -> last(text))
                .as(rule)
                .isInstanceOfSatisfying(
                        DockerfileException.class,
                        e -> {
                            assertThat(e.reason()).contains(reason);
                            assertThat(e.place()).isPresent();
                            assertThat(e.excerpt()).contains(">>>");
                        });
    }

    private static Instruction last(String text) {
        String lines = "FROM x\n" + text.replace("⏎", "\n").replace("⇥", "\t").replace("␍", "\r");
        Stage stage = Dockerfile.parse("Dockerfile", lines).stages().getLast();
        return stage.instructions().isEmpty() ? stage.from() : stage.instructions().getLast();
    }
}
