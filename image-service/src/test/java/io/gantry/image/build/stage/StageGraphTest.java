package io.gantry.image.build.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.manifest.Platform;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The graph of stages, a row or a test per rule. */
class StageGraphTest {

    private static final BuildPlatforms PLATFORMS =
            new BuildPlatforms(
                    Platform.of("linux", "amd64", ""), Platform.of("linux", "arm64", ""));

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "an image | FROM a | image docker.io/library/a:latest",
                "nothing | FROM scratch | scratch",
                "an earlier stage | FROM a AS b⏎FROM B | stage 0",
                "the last earlier stage of a name | FROM a AS b⏎FROM c AS b⏎FROM b | stage 1",
                "a stage of its own name is an image | FROM b AS b | image"
                        + " docker.io/library/b:latest",
                "a later stage is an image | FROM b⏎FROM a AS b⏎FROM b AS c | stage 1",
                "a global argument | ARG v=3⏎FROM a:$v | image docker.io/library/a:3",
                "a named context | FROM ctx | context ctx",
                "a named context for an image | FROM docker.io/library/img:latest | context img",
                "a named context of a platform | FROM plat | context plat::linux/arm64",
                "a named context of another platform | FROM other | image"
                        + " docker.io/library/other:latest",
                "a named context in place of a stage | FROM a AS ctx⏎RUN b | context ctx",
                "scratch is not replaced | FROM scratch AS x⏎FROM scratch | scratch",
            })
    void aStageBeginsWith(String rule, String text, String expected) {
        assertThat(shown(graph(text).stages().getLast().base())).as(rule).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "by index | FROM a⏎FROM b⏎COPY --from=0 c d | stage 0",
                "by name | FROM a AS x⏎FROM b⏎COPY --from=X c d | stage 0",
                "an earlier one first | FROM a AS x⏎FROM b⏎COPY --from=x c d⏎FROM c AS x⏎FROM"
                        + " scratch⏎COPY --from=1 c d | stage 1",
                "an image | FROM a⏎COPY --from=b:1 c d | image docker.io/library/b:1",
                "a named context | FROM a⏎COPY --from=ctx c d | context ctx",
                "a mount of a stage | FROM a AS x⏎FROM b⏎RUN --mount=from=x,target=/x c | stage 0",
                "a mount of a number is an image | FROM a⏎RUN --mount=from=0,target=/x c | image"
                        + " docker.io/library/0:latest",
                "two mounts | FROM a⏎RUN --mount=from=ctx,target=/x --mount=from=b,target=/y c |"
                        + " context ctx, image docker.io/library/b:latest",
            })
    void anInstructionTakesFrom(String rule, String text, String expected) {
        StageGraph graph = graph(text);
        ResolvedStage last = graph.stages().getLast();
        List<String> sources =
                graph.sources(last, last.instructions().getLast()).stream()
                        .map(StageGraphTest::shown)
                        .toList();
        assertThat(String.join(", ", sources)).as(rule).isEqualTo(expected);
    }

    @Test
    void onlyWhatTheTargetNeedsIsThere() {
        StageGraph graph =
                graph(
                        """
                        FROM a AS one
                        FROM missing AS two
                        FROM one AS three
                        FROM scratch AS four
                        COPY --from=three x y
                        FROM two AS five
                        """);
        assertThat(labels(graph.needed(graph.target(Optional.of("Four")))))
                .containsExactly("one", "three", "four");
        assertThat(labels(graph.needed(graph.target(Optional.empty()))))
                .containsExactly("two", "five");
        assertThat(graph.target(Optional.of("1")).stage().label()).isEqualTo("two");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "FROM $x | base name ($x) should not be blank",
                "FROM a/B | repository \"a/B\" must be lower case",
                "FROM --platform=a/b/c/d x | invalid platform \"a/b/c/d\": expected as in"
                        + " linux/arm64",
                "FROM --platform=$nope x | invalid platform \"\"",
                "FROM a AS x⏎COPY --from=y b c⏎FROM d AS y⏎COPY --from=x b c | circular dependency"
                        + " detected on stage: x",
                "FROM a AS x⏎COPY --from=x b c | circular dependency detected on stage: x",
                "FROM a⏎COPY --from=7 b c | invalid stage index 7",
            })
    void aGraphIsRefused(String text, String reason) {
        assertThatThrownBy(() -> graph(text))
                .isInstanceOf(DockerfileException.class)
                .hasMessageStartingWith("Dockerfile:")
                .hasMessageContaining(reason);
    }

    @Test
    void aStageThatComesLaterIsRefusedOnlyWhereItIsNeeded() {
        StageGraph graph = graph("FROM a AS x\nCOPY --from=z b c\nFROM d AS y\nFROM e AS z\n");
        assertThat(labels(graph.needed(graph.target(Optional.of("y"))))).containsExactly("y");
        assertThatThrownBy(() -> graph.needed(graph.target(Optional.of("x"))))
                .hasMessage(
                        "Dockerfile:2: cannot copy from stage \"z\", it needs to be defined before"
                                + " current stage");
    }

    @Test
    void aTargetThatIsNotThereIsAnErrorWithASuggestion() {
        assertThatThrownBy(() -> graph("FROM a AS build").target(Optional.of("bulid")))
                .hasMessage("target stage \"bulid\" could not be found (did you mean build?)");
    }

    @Test
    void aStageExecutesWhatTheStageBelowTriggers() {
        StageGraph graph =
                graph("FROM a AS x\nONBUILD RUN t\nFROM b AS z\nFROM x\nCOPY c d\nFROM 2");
        assertThat(graph.stages().get(2).instructions())
                .extracting(Instruction::keyword)
                .containsExactly("RUN", "COPY");
    }

    @Test
    void triggersBringTheirNeeds() {
        StageGraph graph =
                graph(
                        """
                        FROM a AS src
                        FROM b AS x
                        ONBUILD COPY --from=src c d
                        FROM x AS y
                        FROM x AS w
                        """);
        assertThat(labels(graph.needed(graph.target(Optional.of("y")))))
                .containsExactly("src", "x", "y");
        assertThat(labels(graph.needed(graph.target(Optional.of("x"))))).containsExactly("x");
    }

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, linux/amd64",
        "arm, linux/arm/v7",
        "windows, windows/arm64",
        "linux/arm/v6, linux/arm/v6",
        "$BUILDPLATFORM, linux/amd64",
        "$TARGETPLATFORM, linux/arm64",
    })
    void platformsAreReadAsUsersWriteThem(String text, String expected) {
        StageGraph graph = graph("FROM --platform=" + text + " a AS x\nFROM x\n");
        assertThat(graph.stages())
                .extracting(it -> it.platform().toString())
                .containsExactly(expected, expected);
    }

    @Test
    void manyStagesTakeNoLongTime() {
        StringBuilder text = new StringBuilder("FROM a AS s0\n");
        for (int i = 1; i < 3_000; i++) {
            text.append("FROM s").append(i - 1).append(" AS s").append(i).append('\n');
        }
        StageGraph graph = graph(text.toString());
        assertThat(graph.needed(graph.target(Optional.empty()))).hasSize(3_000);
    }

    private static StageGraph graph(String text) {
        Dockerfile file = Dockerfile.parse("Dockerfile", text.replace("⏎", "\n"));
        GlobalScope scope =
                GlobalScope.of(file, new BuildArguments(Map.of()), PLATFORMS, Optional.empty());
        NamedContexts contexts =
                new NamedContexts(
                        Set.of("ctx", "img", "scratch", "plat::linux/arm64", "other::linux/386"));
        return StageGraph.of(file, scope, contexts);
    }

    private static List<String> labels(List<ResolvedStage> stages) {
        return stages.stream().map(it -> it.stage().label()).toList();
    }

    private static String shown(Source source) {
        return switch (source) {
            case Source.Scratch _ -> "scratch";
            case Source.OfStage it -> "stage " + it.index();
            case Source.OfContext it -> "context " + it.name();
            case Source.OfImage it -> "image " + it.reference();
        };
    }
}
