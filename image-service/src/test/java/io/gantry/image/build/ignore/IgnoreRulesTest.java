package io.gantry.image.build.ignore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.source.DockerfileException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ignore files leave out, a row per rule. */
class IgnoreRulesTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "a name matches in the root | a | a | b b/a aa",
                "parents are matched, too | a | a/b a/b/c | b/a",
                "a slash at the beginning means nothing | /a | a a/b | b/a",
                "a slash at the end means nothing | a/ | a a/b | b",
                "paths are cleaned | ./a/../b//c/. | b/c b/c/d | a c",
                "the root itself matches nothing | . | | a a/b",
                "a slash alone matches nothing | / | | a a/b",
                "a star does not cross directories | *.go | a.go | b/a.go",
                "a star matches the empty text | a*b | ab axb | a/b",
                "a star takes dots, too | * | a .b a/b | ~~",
                "a question mark is one character | a?c | abc a€c | ac abbc a/c",
                "a class may hold a closing bracket by escape | [\\]]x | ]x | x",
                "ranges | [a-cx]1 | a1 b1 x1 | d1 1",
                "classes may be negated | [^a]x | bx | ax /x",
                "an exclamation mark does not negate | [!a]x | !x ax | bx",
                "an escape takes the meaning | a\\*b | a*b | axb",
                "a dot is a dot | a.b | a.b | axb",
                "two stars are any depth | **/a | a b/a b/c/a a/x | ab b/ab",
                "two stars in the middle | a/**/b | a/b a/x/b a/x/y/b | ab a/xb",
                "two stars at the end are everything below | a/** | a/b a/b/c | a b",
                "two stars alone are everything | ** | a a/b | ~~",
                "two stars before a suffix | **.go | a.go b/.go | b/a.gox",
                "depth and pattern | **/*.go | a.go b/a.go b/c/a.go | a.c",
                "comments begin in the first column | #a⏎ #b | #b | a b #a",
                "blanks around a rule mean nothing | ⇥ a  | a | b",
                "exceptions come back | a⏎!a/b | a a/c | a/b a/b/c",
                "the last match decides | !a⏎a | a | b",
                "an exception may be taken back | a⏎!a/b⏎a/b/c | a/b/c a/x | a/b a/b/d",
                "blanks behind the mark | *⏎! a | b | a a/b",
                "exceptions below a pattern | **/a⏎!x/a | a y/a | x/a",
                "exceptions are cleaned | *⏎!/a/ | b | a a/b",
                "carriage returns end lines | a\r⏎b\r | a b | c",
            })
    void leaveOut(String rule, String file, String ignored, String kept) {
        IgnoreRules rules =
                IgnoreRules.parse(".dockerignore", file.replace("⏎", "\n").replace("⇥", "\t"));
        for (String path : paths(ignored)) {
            assertThat(rules.ignores(path)).as("%s: %s is left out", rule, path).isTrue();
        }
        for (String path : paths(kept)) {
            assertThat(rules.ignores(path)).as("%s: %s is kept", rule, path).isFalse();
        }
    }

    private static List<String> paths(String row) {
        return row == null || row.isBlank() ? List.of() : List.of(row.strip().split(" "));
    }

    @Test
    void aByteOrderMarkIsPassedOver() {
        assertThat(IgnoreRules.parse("i", "\ufeffa").ignores("a")).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "!, illegal exclusion pattern",
        "a[, syntax error in pattern \"a[\"",
        "[], syntax error in pattern",
        "[a, syntax error in pattern",
        "[-a], syntax error in pattern",
        "a\\, syntax error in pattern",
    })
    void whatIsMalformedIsRefusedWithItsLine(String line, String reason) {
        assertThatThrownBy(() -> IgnoreRules.parse(".dockerignore", "a\n" + line))
                .isInstanceOf(DockerfileException.class)
                .hasMessageStartingWith(".dockerignore:2: ")
                .hasMessageContaining(reason);
    }

    @Test
    void directoriesWithExceptionsBelowAreWalked() {
        IgnoreRules rules = IgnoreRules.parse("i", "a\nb\nc\n!b/x/y\n!c/*.go\n");
        assertThat(rules.prunes("a")).isTrue();
        assertThat(rules.prunes("b")).isFalse();
        assertThat(rules.prunes("b/x")).isFalse();
        assertThat(rules.prunes("b/z")).isTrue();
        assertThat(rules.prunes("c")).isFalse();
        assertThat(rules.prunes("d")).isFalse();
        assertThat(IgnoreRules.parse("i", "a\n!**/x").prunes("a")).isFalse();
    }

    @Test
    void patternsThatWouldBacktrackTakeNoLonger() {
        String pattern = "**/a*".repeat(200) + "b";
        IgnoreRules rules = IgnoreRules.of(List.of(pattern));
        assertThat(rules.ignores("a".repeat(2_000))).isFalse();
    }
}
