package io.gantry.image.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.gantry.image.build.check.BuildChecks;
import io.gantry.image.build.check.CheckContext;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.manifest.Platform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the input, there is a result or a {@link DockerfileException}, and soon. Inputs are made
 * from pieces by a fixed seed, so that a failure comes again.
 */
class FrontendFuzzTest {

    private static final long SEED = 20_261_124;
    private static final int FILES = 8_000;
    private static final int WORDS = 6_000;
    private static final int PATTERNS = 8_000;
    private static final Platform PLATFORM = Platform.of("linux", "amd64", "");

    private static final List<String> FILE_PIECES =
            List.of(
                    "FROM a",
                    " AS b",
                    "\n",
                    "\n",
                    "\n",
                    "RUN ",
                    "COPY ",
                    "ADD ",
                    "ENV ",
                    "ARG ",
                    "a=b",
                    "a b",
                    "--mount=type=",
                    "cache",
                    "secret",
                    "tmpfs",
                    "ssh",
                    ",target=/x",
                    ",id=y",
                    ",size=1g",
                    ",from=b",
                    ",required",
                    "--from=b ",
                    "--link ",
                    "--chmod=",
                    "u+x",
                    "0644 ",
                    "--",
                    "=",
                    "<<E",
                    "<<-'E' ",
                    "\nE\n",
                    "EOF",
                    "$",
                    "${a}",
                    "${a:-",
                    "}",
                    "${a#",
                    "${a//",
                    "/",
                    "\"",
                    "'",
                    "\\",
                    "\\\n",
                    "`",
                    "[",
                    "]",
                    "[\"a\"]",
                    ",",
                    "{",
                    "#",
                    "# ",
                    "# escape=`\n",
                    "# check=",
                    "skip=all;error=true",
                    "# syntax=docker/dockerfile\n",
                    "HEALTHCHECK ",
                    "--interval=1s ",
                    "NONE",
                    "CMD ",
                    "ONBUILD ",
                    "EXPOSE ",
                    "80-90/tcp",
                    "SHELL ",
                    "VOLUME ",
                    "USER ",
                    "WORKDIR ",
                    "LABEL ",
                    "STOPSIGNAL ",
                    "9",
                    "\t",
                    " ",
                    "\r\n",
                    "\ufeff",
                    "\u0000",
                    "é",
                    "\ud800",
                    "\ud83d\ude00",
                    "\u00a0",
                    "*",
                    "?",
                    "..");

    private static final List<String> WORD_PIECES =
            List.of(
                    "$",
                    "{",
                    "}",
                    "${a",
                    "${b",
                    ":",
                    "-",
                    "+",
                    "?",
                    "#",
                    "##",
                    "%",
                    "%%",
                    "/",
                    "//",
                    "*",
                    "\\",
                    "\\}",
                    "\\/",
                    "\\*",
                    "'",
                    "\"",
                    "a",
                    "b",
                    "xyz",
                    " ",
                    "<",
                    "<<",
                    "=",
                    "$a",
                    "$1",
                    "$@",
                    "${a:-",
                    "${b#*",
                    "${b%%",
                    "${b/",
                    "é",
                    "\ud83d\ude00",
                    "\ud800",
                    "\n",
                    "[",
                    "^");

    private static final List<String> PATTERN_PIECES =
            List.of(
                    "*",
                    "**",
                    "**/",
                    "/",
                    "?",
                    "[",
                    "]",
                    "[a-c]",
                    "[^",
                    "-",
                    "\\",
                    "!",
                    "#",
                    ".",
                    "..",
                    "a",
                    "b",
                    "ab",
                    " ",
                    "\n",
                    "\r",
                    "é",
                    "\ud83d\ude00",
                    "\u0000");

    @Test
    void filesAreReadOrRefused() {
        Random random = new Random(SEED);
        List<String> accepted = new ArrayList<>();
        for (int i = 0; i < FILES; i++) {
            String text = (i % 4 == 0 ? "" : "FROM a\n") + mixed(random, FILE_PIECES, 24);
            survives(
                    text,
                    it -> {
                        Dockerfile file = Dockerfile.parse("Dockerfile", it);
                        BuildChecks.run(file, context());
                        accepted.add(it);
                    });
        }
        assertThat(accepted).as("inputs that are Dockerfiles").hasSizeGreaterThan(FILES / 50);
    }

    @Test
    void wordsAreExpandedOrRefused() {
        Random random = new Random(SEED);
        Variables variables =
                Variables.of(Map.of("a", "x*y", "b", "/usr/local/é\ud83d\ude00/lib.tar.gz"));
        for (int i = 0; i < WORDS; i++) {
            String text = mixed(random, WORD_PIECES, 16);
            survives(text, it -> Expander.ofWords('\\').expand(it, variables));
            survives(text, it -> Expander.ofWords('`').expand(it, Variables.none()));
            survives(text, it -> Expander.ofBodies().expand(it, variables));
        }
    }

    @Test
    void patternsMatchOrAreRefused() {
        Random random = new Random(SEED);
        for (int i = 0; i < PATTERNS; i++) {
            String path = mixed(random, List.of("a", "b", "ab", "/", ".", "é"), 12);
            survives(
                    mixed(random, PATTERN_PIECES, 12),
                    it -> {
                        IgnoreRules rules = IgnoreRules.parse(".dockerignore", it);
                        rules.ignores(path);
                        rules.prunes(path);
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RUN a \\\n",
                "RUN \\\n\n",
                "ENV a=\"",
                "RUN [",
                "RUN [\"a\",",
                "COPY <<E <<E ",
                "ONBUILD ",
                "--mount=type=cache,",
                "${a:-",
                "$a",
                "#\n",
                "FROM a AS b\n",
                "\"\\\"",
                "RUN --mount=target=/x,\\\n",
                "{\"a\":",
                "<<",
                "'",
                "EXPOSE 0-65535\n",
                "ARG a=$a\n",
                "HEALTHCHECK --interval=",
                "LABEL a ",
                "\\",
                "COPY --exclude=a "
            })
    void repetitionTakesTimeInProportion(String piece) {
        String body = piece.repeat(200_000 / piece.length());
        for (String text :
                List.of("FROM a\n" + body, "FROM a\nENV x=" + body, "FROM a\nRUN " + body)) {
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(60),
                    () -> survives(text, it -> Dockerfile.parse("Dockerfile", it)));
        }
        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(60),
                () -> survives(body, it -> Expander.ofWords('\\').expand(it, Variables.none())));
    }

    private static void survives(String input, Consumer<String> use) {
        assertThatCode(
                        () -> {
                            try {
                                use.accept(input);
                            } catch (DockerfileException e) {
                                assertThat(e.reason()).isNotEmpty();
                            }
                        })
                .as(() -> "input " + escaped(input))
                .doesNotThrowAnyException();
    }

    private static String escaped(String input) {
        StringBuilder out = new StringBuilder();
        input.chars()
                .limit(500)
                .forEach(c -> out.append(c < ' ' || c > '~' ? "\\u%04x".formatted(c) : (char) c));
        return out.toString();
    }

    private static String mixed(Random random, List<String> pieces, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(1, most); i > 0; i--) {
            text.append(pieces.get(random.nextInt(pieces.size())));
        }
        return text.toString();
    }

    private static CheckContext context() {
        return new CheckContext(
                new BuildArguments(Map.of()),
                new BuildPlatforms(PLATFORM, PLATFORM),
                Optional.empty(),
                new NamedContexts(Set.of()),
                IgnoreRules.none(),
                Optional.empty(),
                (_, _) -> Optional.empty());
    }
}
