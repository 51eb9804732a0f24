package io.gantry.image.build.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.Source;
import io.gantry.image.manifest.Platform;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/** Each check with what it finds and what it does not, a row each. */
class BuildChecksTest {

    private static final Platform AMD64 = Platform.of("linux", "amd64", "");

    @ParameterizedTest(name = "{0}: {1}")
    @CsvFileSource(
            resources = "findings.txt",
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            maxCharsPerColumn = 8192)
    void find(String rule, String text, String expected) {
        assertThat(
                        String.join(
                                "; ",
                                check(text).stream()
                                        .map(it -> it.place().line() + " " + it.message())
                                        .toList()))
                .as(rule)
                .isEqualTo(expected == null ? "" : expected);
        if (expected != null && !expected.isEmpty()) {
            assertThat(check(text)).extracting(it -> it.check().ruleName()).containsOnly(rule);
        }
    }

    @Test
    void thereAre22Checks() {
        assertThat(Check.values()).hasSize(22).extracting(Check::ruleName).doesNotHaveDuplicates();
    }

    @Test
    void theFileSkipsChecks() {
        String file =
                "# check=skip=JSONArgsRecommended,LegacyKeyValueFormat\nFROM a\nCMD b\nENV c d";
        assertThat(check(file)).isEmpty();
        assertThat(check("# check=skip=all\nFROM a\nCMD b\nENV c d")).isEmpty();
    }

    @Test
    void aCommentSkipsForItsInstructionOnly() {
        assertThat(check("FROM a\n# check=skip=LegacyKeyValueFormat why\nENV c d\nENV e f"))
                .extracting(it -> it.place().line())
                .containsExactly(4);
    }

    @Test
    void theFileMakesFindingsErrors() {
        List<Finding> findings = check("# check=error=true\nFROM a\nCMD b\nENV c d\nENV e f");
        assertThat(BuildChecks.failure(findings))
                .contains(
                        "lint violation found for rules: JSONArgsRecommended,"
                                + " LegacyKeyValueFormat");
        assertThat(BuildChecks.failure(check("FROM a\nCMD b"))).isEmpty();
    }

    @Test
    void experimentalChecksAreAskedFor() {
        String file = "FROM a\n# something\nARG b";
        assertThat(check(file)).isEmpty();
        assertThat(check("# check=experimental=all\n" + file))
                .extracting(Finding::toString)
                .containsExactly(
                        "InvalidDefinitionDescription: comment for ARG should be of the form"
                                + " `# b <description>` (line 4)");
        assertThat(check("# check=experimental=all\nFROM a\n# b is\nARG b")).isEmpty();
    }

    @Test
    void theBuildReplacesTheFilesOptions() {
        Dockerfile file = Dockerfile.parse("Dockerfile", "# check=skip=all\nFROM a\nCMD b");
        assertThat(BuildChecks.run(file, context(Optional.of(CheckOptions.parse("error=1")))))
                .extracting(Finding::severity)
                .containsExactly(Finding.Severity.ERROR);
    }

    @Test
    void optionsThatAreNoneAreRefusedWithTheirLine() {
        assertThatThrownBy(() -> check("# check=skipp=all\nFROM a"))
                .isInstanceOf(DockerfileException.class)
                .hasMessage("Dockerfile:1: invalid check option \"skipp=all\"");
    }

    @Test
    void variablesOfUnknownImagesAreNotChecked() {
        assertThat(check("FROM unknown\nWORKDIR /$x")).isEmpty();
    }

    private static List<Finding> check(String text) {
        return BuildChecks.run(
                Dockerfile.parse("Dockerfile", text.replace("⏎", "\n")), context(Optional.empty()));
    }

    private static CheckContext context(Optional<CheckOptions> options) {
        return new CheckContext(
                new BuildArguments(Map.of("GIVEN", "1")),
                new BuildPlatforms(AMD64, AMD64),
                Optional.empty(),
                new NamedContexts(Set.of()),
                IgnoreRules.parse(".dockerignore", "ignored\n*.tmp\n"),
                options,
                BuildChecksTest::image);
    }

    private static Optional<BaseImage> image(Source source, Platform platform) {
        return switch (((Source.OfImage) source).reference().repository()) {
            case "library/unknown" -> Optional.empty();
            case "library/foreign" ->
                    Optional.of(new BaseImage(Map.of(), Platform.of("linux", "arm64", ""), false));
            case "library/shell" -> Optional.of(new BaseImage(Map.of(), AMD64, true));
            default -> Optional.of(new BaseImage(Map.of("FOO_HOME", "/foo"), AMD64, false));
        };
    }
}
