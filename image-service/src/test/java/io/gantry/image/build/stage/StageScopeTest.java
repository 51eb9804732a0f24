package io.gantry.image.build.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.manifest.Platform;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arguments and variables: who sees what with which value, a row per rule. */
class StageScopeTest {

    private static final BuildPlatforms PLATFORMS =
            new BuildPlatforms(
                    Platform.of("linux", "amd64", ""), Platform.of("linux", "arm", "v6"));

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            value = {
                "a default | ARG a=1 | ~~ | $a | 1",
                "no default | ARG a | ~~ | ${a-unset} | unset",
                "an empty default is set | ARG a= | ~~ | x${a-unset} | x",
                "given goes before the default | ARG a=1 | a=2 | $a | 2",
                "given as empty, too | ARG a=1 | a= | x${a-unset} | x",
                "given but not declared | ENV x=y | a=2 | ${a-unset} | unset",
                "a default that is not needed is not evaluated | ARG a=${u:?no} | a=2 | $a | 2",
                "a default sees what is before it | ARG a=1 b=${a}2 | ~~ | $b | 12",
                "ENV goes before ARG | ENV a=e⏎ARG a=1 | ~~ | $a | e",
                "ENV goes before what is given | ARG a=1⏎ENV a=e | a=2 | $a | e",
                "an instruction sees what was before it | ENV a=b⏎ENV a=c d=$a | ~~ | $d | b",
                "the image's environment | RUN x | ~~ | $IMAGE | env",
                "a global argument is not seen | RUN x | ~~ | ${g-unset} | unset",
                "unless it is declared again | ARG g | ~~ | $g | global",
                "with a default it is not inherited | ARG g=local | ~~ | $g | local",
                "given for the global and the local one | ARG g | g=2 | $g | 2",
                "predefined ones have to be declared | RUN x | ~~ | ${TARGETARCH-unset} | unset",
                "the platform of the target | ARG TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT"
                        + " | ~~ | $TARGETPLATFORM,$TARGETOS,$TARGETARCH,$TARGETVARIANT |"
                        + " linux/arm/v6,linux,arm,v6",
                "the platform of the build | ARG BUILDPLATFORM BUILDARCH BUILDVARIANT | ~~ |"
                        + " $BUILDPLATFORM,$BUILDARCH,x$BUILDVARIANT | linux/amd64,amd64,x",
                "given goes before predefined | ARG TARGETOS | TARGETOS=plan9 | $TARGETOS | plan9",
                "the stage that is built | ARG TARGETSTAGE | ~~ | $TARGETSTAGE | default",
            })
    void aVariableHasTheValue(
            String rule, String lines, String given, String word, String expected) {
        Map<String, String> arguments = new HashMap<>();
        if (!given.isEmpty()) {
            String[] pair = given.split("=", -1);
            arguments.put(pair[0], pair[1]);
        }
        StageScope scope = through("ARG g=global\nFROM x\n" + lines.replace("⏎", "\n"), arguments);
        assertThat(value(scope, word)).as(rule).isEqualTo(expected);
    }

    @Test
    void globalArgumentsSeeThoseBeforeThem() {
        Dockerfile file = parse("ARG a=1\nARG b=$a-2 a=$a.3\nFROM x");
        GlobalScope scope = global(file, Map.of());
        assertThat(scope.declared()).containsEntry("b", "1-2").containsEntry("a", "1.3");
        assertThat(global(file, Map.of("a", "z")).declared())
                .containsEntry("b", "z-2")
                .containsEntry("a", "z");
    }

    @Test
    void theTargetNamesItsStage() {
        Dockerfile file = parse("FROM x AS one\nFROM y AS two");
        assertThat(global(file, Map.of()).declared()).containsEntry("TARGETSTAGE", "two");
    }

    @Test
    void aStageOnAStageHasItsVariables() {
        StageScope below = through("FROM x\nARG a=1\nENV e=2", Map.of());
        StageScope above = below.onTop();
        above.apply(parse("FROM x\nENV e=3").stages().getFirst().instructions().getFirst());
        assertThat(value(above, "$a$e")).isEqualTo("13");
        assertThat(value(below, "$e")).isEqualTo("2");
    }

    @Test
    void argumentsAreNotInTheImage() {
        StageScope scope = through("FROM x\nARG a=1\nENV e=2\nARG u", Map.of());
        assertThat(scope.environment()).containsOnlyKeys("IMAGE", "e");
        assertThat(scope.arguments()).containsExactly(Map.entry("a", "1"));
    }

    @Test
    void proxiesAreInBothCases() {
        BuildArguments given =
                new BuildArguments(Map.of("HTTP_PROXY", "a", "no_proxy", "b", "other", "c"));
        assertThat(given.proxies())
                .containsExactly(
                        Map.entry("HTTP_PROXY", "a"),
                        Map.entry("http_proxy", "a"),
                        Map.entry("NO_PROXY", "b"),
                        Map.entry("no_proxy", "b"));
    }

    @Test
    void failuresOfDefaultsHaveTheirPlace() {
        assertThatThrownBy(() -> through("FROM x\n\nARG a=\"${u:?say it}\"", Map.of()))
                .hasMessageStartingWith("Dockerfile:3: ")
                .hasMessageContaining("u: say it");
        assertThatThrownBy(() -> global(parse("ARG a=\"${u:?say it}\"\nFROM x"), Map.of()))
                .hasMessageStartingWith("Dockerfile:1: ");
    }

    private static StageScope through(String text, Map<String, String> given) {
        Dockerfile file = parse(text);
        StageScope scope = StageScope.onImage(global(file, given), Map.of("IMAGE", "env"));
        file.stages().getFirst().instructions().forEach(scope::apply);
        return scope;
    }

    private static String value(StageScope scope, String word) {
        Instruction label =
                parse("FROM x\nLABEL v=" + word).stages().getFirst().instructions().getFirst();
        return ((Instruction.Label) scope.apply(label)).assignments().getFirst().value();
    }

    private static GlobalScope global(Dockerfile file, Map<String, String> given) {
        return GlobalScope.of(file, new BuildArguments(given), PLATFORMS, Optional.empty());
    }

    private static Dockerfile parse(String text) {
        return Dockerfile.parse("Dockerfile", text);
    }
}
