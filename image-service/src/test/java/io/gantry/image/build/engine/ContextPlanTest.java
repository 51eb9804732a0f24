package io.gantry.image.build.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.CacheFrom;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.linux.syscall.Syscalls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContextPlanTest {

    /** A link, as {@code name -> target}; a directory ends in a slash. */
    private static final List<String> TREE =
            List.of("a", "b", "d/", "d/x.c", "d/x.h", "d/e/", "d/e/y.c", "l -> d", "m -> b");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    RUN true                                   | ''
                    COPY a /                                   | a
                    COPY a b /x/                               | a b
                    COPY ./d /                                 | d/e/y.c d/x.c d/x.h
                    COPY /d/e/../e /                           | d/e/y.c
                    COPY ../a /                                | a
                    COPY * /                                   | a b d/e/y.c d/x.c d/x.h
                    COPY d/*.c /                               | d/x.c
                    COPY [ab] /                                | a b
                    COPY --parents **/*.c /                    | d/e/y.c d/x.c
                    COPY . /                                   | a b d/e/y.c d/x.c d/x.h
                    COPY --exclude=*.h --exclude=e d /         | d/x.c
                    COPY --exclude=d . /                       | a b
                    COPY l /                                   | d/e/y.c d/x.c d/x.h
                    COPY l/x.h m /                             | b d/x.h
                    COPY missing /                             | ''
                    ADD a http://host/file /                   | a
                    ADD http://host/file /                     | ''
                    ADD git@host:a.git /                       | ''
                    COPY <<F /x\\nt\\nF                        | ''
                    COPY --from=busybox a /                    | ''
                    COPY --from=named d/e /                    | ''
                    ARG X=a\\nCOPY $X /                        | a
                    ARG X\\nCOPY ${X:-b} /                     | b
                    COPY ${FROM_BASE} /                        | a b d/e/y.c d/x.c d/x.h
                    COPY ${FROM_BASE:?it} /                    | a b d/e/y.c d/x.c d/x.h
                    ENV Y=d\\nCOPY $Y/x.c /                    | d/x.c
                    RUN --mount=target=/m true                 | a b d/e/y.c d/x.c d/x.h
                    RUN --mount=source=d/e,target=/m true      | d/e/y.c
                    RUN --mount=source=$S,target=/m true       | a b d/e/y.c d/x.c d/x.h
                    RUN --mount=type=cache,target=/m true      | ''
                    RUN --mount=from=named,target=/m true      | ''
                    ONBUILD COPY a /                           | ''
                    """)
    void whatAFileCopiesAndMountsIsNeeded(String steps, String expected) {
        assertThat(needed("FROM busybox\n" + steps.replace("\\n", "\n"), "")).isEqualTo(expected);
    }

    @Test
    void ofStagesThoseCountThatTheTargetNeeds() {
        String file =
                """
                FROM scratch AS one
                COPY a /
                FROM scratch AS two
                COPY b /
                FROM one
                COPY d/x.c /
                """;
        assertThat(needed(file, "")).isEqualTo("a d/x.c");
        assertThat(needed(request(file, Optional.of("two")), "")).isEqualTo("b");
    }

    @Test
    void aStageOnAnotherHasItsVariablesAndItsTriggers() {
        String file =
                """
                FROM scratch AS one
                ARG X=a
                ENV Y=b
                ONBUILD COPY d/x.h /
                FROM one
                COPY $X $Y /
                """;
        assertThat(needed(file, "")).isEqualTo("a b d/x.h");
    }

    @Test
    void ofAnotherContextIsNeededWhatIsCopiedFromIt() {
        assertThat(needed("FROM scratch\nCOPY --from=named d/e /", "named")).isEqualTo("d/e/y.c");
        String mount = "FROM scratch\nRUN --mount=from=named,source=a,target=/m [\"/m\"]";
        assertThat(needed(mount, "named")).isEqualTo("a");
        String cache =
                "FROM scratch\nRUN --mount=type=cache,from=named,source=d/e,target=/m [\"/m\"]";
        assertThat(needed(cache, "named")).isEqualTo("d/e/y.c");
        assertThat(needed("FROM named", "named")).isEqualTo("a b d/e/y.c d/x.c d/x.h");
        assertThat(needed("FROM scratch", "named")).isEmpty();
    }

    @Test
    void aCacheThatIsGivenAsAContextIsNeededAsAWhole() {
        BuildRequest request = request("FROM scratch", Optional.empty());
        BuildRequest.CacheOptions cache =
                new BuildRequest.CacheOptions(
                        false,
                        Set.of(),
                        false,
                        List.of(new CacheFrom.Directory("named")),
                        List.of());
        BuildRequest cached =
                new BuildRequest(
                        request.file(),
                        request.target(),
                        request.arguments(),
                        request.platforms(),
                        request.image(),
                        cache,
                        request.run());
        assertThat(needed(cached, "named")).isEqualTo("a b d/e/y.c d/x.c d/x.h");
        assertThat(needed(cached, "")).isEmpty();
    }

    @Test
    void ofAFileThatIsElsewhereNothingIsKnownAndOfAWrongOneNothingNeeded() {
        assertThat(needed("", "named")).isEqualTo("a b d/e/y.c d/x.c d/x.h");
        assertThat(needed("FROM scratch\nCOPY . /\nNONSENSE", "")).isEmpty();
        assertThat(needed(request("FROM scratch\nCOPY . /", Optional.of("none")), "")).isEmpty();
    }

    private static BuildRequest request(String file, Optional<String> target) {
        BuildRequest plain = BuildRequest.of("Dockerfile", file);
        return new BuildRequest(
                plain.file(),
                target,
                Map.of(),
                plain.platforms(),
                plain.image(),
                plain.cache(),
                plain.run());
    }

    private static String needed(String file, String context) {
        return needed(request(file, Optional.empty()), context);
    }

    private static String needed(BuildRequest request, String context) {
        ContextNeeds needs = ContextPlan.of(request, Set.of("named"), Syscalls.system());
        Predicate<String> needed = needs.of(context, ContextPlanTest::entries);
        return entries().entrySet().stream()
                .filter(each -> each.getValue().isFile())
                .map(Map.Entry::getKey)
                .filter(needed)
                .collect(Collectors.joining(" "));
    }

    private static SortedMap<String, BuildContext.Entry> entries() {
        Map<String, BuildContext.Entry> entries = new LinkedHashMap<>();
        for (String each : TREE) {
            String[] link = each.split(" -> ", -1);
            int mode = link.length > 1 ? 0120777 : each.endsWith("/") ? 0040755 : 0100644;
            entries.put(
                    link[0].replaceAll("/$", ""),
                    new BuildContext.Entry(
                            mode,
                            1,
                            0,
                            link.length > 1 ? Optional.of(link[1]) : Optional.empty(),
                            0,
                            Optional.empty()));
        }
        return new TreeMap<>(entries);
    }
}
