package io.gantry.image.build.expand;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.build.source.DockerfileException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of words, quotes and substitutions, one row each. */
class ExpanderTest {

    private static final Map<String, String> VALUES =
            Map.of(
                    "HOME", "/home/x",
                    "EMPTY", "",
                    "A", "b",
                    "PORTS", "3000 4000/udp",
                    "V", "a/b/c.tar.gz",
                    "R", "aXbXc",
                    "STARS", "a*b?c\\d",
                    "PAT", "X*",
                    "1", "never");

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            nullValues = "",
            value = {
                "single quotes keep everything | '$HOME \"x\" \\' | $HOME \"x\" \\",
                "double quotes expand | \"$HOME\" | /home/x",
                "double quotes unescape quote, dollar and escape only | \"\\\"\\$\\\\\\n"
                        + "\" | \"$\\\\n",
                "single quotes within double ones are data | \"'$A'\" | 'b'",
                "an unquoted escape drops itself | a\\b\\$HOME\\'x | ab$HOME'x",
                "an escape at the end is dropped | abc\\ | abc",
                "a name takes letters, digits and underscores | $HOME_x$HOME.y | /home/x.y",
                "a brace ends a name | ${HOME}_x | /home/x_x",
                "letters of any script are of a name | $Añ. | .",
                "a digit takes all digits | $12x | x",
                "a positional parameter is a name like any other | $1 | never",
                "a special parameter is one character | $@a$*b$#c$?d$-e$$f$!g$0h | abcdefgh",
                "a dollar before nothing stays | a$ | a$",
                "a dollar before a dot stays | $.x | $.x",
            })
    void expandsWords(String rule, String word, String expected) {
        assertThat(Expander.ofWords('\\').expand(word, Variables.of(VALUES)).text())
                .as(rule)
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            emptyValue = "",
            nullValues = "",
            value = {
                "colon minus for unset | ${U:-w} | w",
                "colon minus for empty | ${EMPTY:-w} | w",
                "colon minus not for set | ${A:-w} | b",
                "minus for unset | ${U-w} | w",
                "minus not for empty | x${EMPTY-w} | x",
                "colon plus for set | ${A:+w} | w",
                "colon plus not for empty | x${EMPTY:+w} | x",
                "plus for empty | ${EMPTY+w} | w",
                "plus not for unset | x${U+w} | x",
                "question for set | ${A:?no} | b",
                "question without colon for empty | x${EMPTY?no} | x",
                "words nest | ${U:-${W:-$A}c} | bc",
                "words may be quoted | ${U:-'}'}x | }x",
                "shortest prefix | ${V#*/} | b/c.tar.gz",
                "longest prefix | ${V##*/} | c.tar.gz",
                "shortest suffix | ${V%.*} | a/b/c.tar",
                "longest suffix | ${V%%.*} | a/b/c",
                "no match leaves the value | ${V#z*} | a/b/c.tar.gz",
                "question mark is one character | ${V#?} | /b/c.tar.gz",
                "literal star, question and backslash | ${STARS#a\\*b\\?c\\\\} | d",
                "patterns may hold variables | ${R%%$PAT} | a",
                "pattern of an unset variable | x${U#a}x | xx",
                "replace the first | ${R/X/-} | a-bXc",
                "replace all | ${R//X/-} | a-b-c",
                "replace by nothing | ${R//X/} | abc",
                "replace takes the longest | ${R/X*/-} | a-",
                "an escaped slash in a pattern | ${V//\\//_} | a_b_c.tar.gz",
                "variables in a replacement | ${R/X/$A} | abbXc",
                "brackets are no pattern | ${R/[X]/-} | aXbXc",
                "a star matches all once | ${R//*/-} | -",
                "an empty pattern matches between characters | ${A///-} | -b-",
                "an empty result | x${EMPTY}$U | x",
                "text of many words stays one | a  $PORTS  b | a  3000 4000/udp  b",
            })
    void substitutes(String rule, String word, String expected) {
        assertThat(Expander.ofWords('\\').expand(word, Variables.of(VALUES)).text())
                .as(rule)
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "question with a reason | ${U:?set it} | U: set it",
                "question for unset | ${U?} | U: is not allowed to be unset",
                "colon question for empty | ${EMPTY:?} | EMPTY: is not allowed to be empty",
                "colon with a pattern | ${A:#x} | unsupported modifier (:#) in substitution",
                "assignment | ${A:=x} | unsupported modifier (:=) in substitution",
                "an unknown modifier | ${A^} | unsupported modifier (^) in substitution",
                "no name | ${} | bad substitution",
                "no name before a modifier | ${:-x} | bad substitution",
                "a brace in a brace | ${{A}} | bad substitution",
                "an open brace | ${A | missing '}'",
                "nothing behind a brace | ${ | missing '}'",
                "an open word | ${A:-x | missing '}'",
                "a pattern without replacement | ${A/x | missing '/'",
                "an open replacement | ${A/x/y | missing '}'",
                "an escape in a pattern | ${A#\\x} | invalid escape '\\x'",
                "a single quote | a'b | unterminated single quote",
                "a double quote | a\"b | unterminated double quote",
            })
    void refuses(String rule, String word, String reason) {
        assertThatThrownBy(() -> Expander.ofWords('\\').expand(word, Variables.of(VALUES)))
                .as(rule)
                .isInstanceOf(DockerfileException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void wordsOfUnquotedValuesAreSplit() {
        assertThat(
                        Expander.ofWords('\\')
                                .expand("80 $PORTS \"$PORTS\" x\\ y", Variables.of(VALUES))
                                .words())
                .containsExactly("80", "3000", "4000/udp", "3000 4000/udp", "x y");
    }

    @Test
    void theEscapeMayBeABacktick() {
        assertThat(Expander.ofWords('`').expand("c:\\`$A\"`\"\"", Variables.of(VALUES)).text())
                .isEqualTo("c:\\$A\"");
    }

    @Test
    void quotesInBodiesAreData() {
        assertThat(Expander.ofBodies().expand("'$A' \"\\$A\" it's\n", Variables.of(VALUES)).text())
                .isEqualTo("'b' \"$A\" it's\n");
    }

    @Test
    void lookUpsAreNoted() {
        Expansion expansion =
                Expander.ofWords('\\').expand("$A ${U:-$W} ${EMPTY+x}", Variables.of(VALUES));
        assertThat(expansion.matched()).containsExactly("A", "EMPTY");
        assertThat(expansion.unmatched()).containsExactly("W", "U");
    }

    @Test
    void valuesThatGrowWithoutEndAreRefused() {
        String large = "x".repeat(600_000);
        assertThatThrownBy(
                        () ->
                                Expander.ofWords('\\')
                                        .expand("$X$X", Variables.of(Map.of("X", large))))
                .isInstanceOf(DockerfileException.class)
                .hasMessageContaining("longer than 1 MiB");
    }

    @Test
    void deepNestingIsRefusedAndNoStackOverflow() {
        String word = "${a:-".repeat(100_000) + "}".repeat(100_000);
        assertThatThrownBy(() -> Expander.ofWords('\\').expand(word, Variables.none()))
                .isInstanceOf(DockerfileException.class)
                .hasMessageContaining("nested too deeply");
    }

    @Test
    void patternsThatTakeTooLongAreRefused() {
        String value = "a".repeat(200_000);
        String pattern = "*" + "a".repeat(50_000) + "b";
        assertThatThrownBy(
                        () ->
                                Expander.ofWords('\\')
                                        .expand(
                                                "${V##" + pattern + "}",
                                                Variables.of(Map.of("V", value))))
                .isInstanceOf(DockerfileException.class)
                .hasMessageContaining("too long to match");
    }
}
