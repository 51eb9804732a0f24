package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeTest {

    @Test
    void readsABearerChallenge() {
        assertThat(
                        parse(
                                "Bearer realm=\"https://auth.docker.io/token\",service=\"r\","
                                        + "scope=\"repository:a/b:pull,push\""))
                .containsExactly(
                        new Challenge(
                                "bearer",
                                Map.of(
                                        "realm", "https://auth.docker.io/token",
                                        "service", "r",
                                        "scope", "repository:a/b:pull,push")));
    }

    @Test
    void readsSeveralChallengesOfOneHeader() {
        List<Challenge> challenges =
                parse("Negotiate, Bearer realm=\"https://r/t\" , service=s, Basic realm=\"x, y\"");
        assertThat(challenges)
                .extracting(Challenge::scheme)
                .containsExactly("negotiate", "bearer", "basic");
        assertThat(challenges.get(1).parameter("service")).isEqualTo("s");
        assertThat(challenges.get(2).parameter("realm")).isEqualTo("x, y");
    }

    @Test
    void readsSeveralHeaders() {
        assertThat(Challenge.parse(List.of("Basic realm=a", "Bearer realm=b"))).hasSize(2);
    }

    @Test
    void quotedTextMayHoldQuotesAndCommas() {
        assertThat(parse("Bearer realm = \"a\\\"b,c=\\\\d\"").getFirst().parameter("realm"))
                .isEqualTo("a\"b,c=\\d");
    }

    @Test
    void urlWithoutQuotesIsReadToItsEnd() {
        assertThat(parse("Bearer realm=https://r/t?x=1,service=s").getFirst().parameters())
                .containsEntry("realm", "https://r/t?x=1")
                .containsEntry("service", "s");
    }

    @Test
    void schemeAndNamesKnowNoCaseAndTheFirstValueCounts() {
        Challenge challenge = parse("BEARER Realm=\"a\", realm=\"b\"").getFirst();
        assertThat(challenge.scheme()).isEqualTo("bearer");
        assertThat(challenge.parameter("realm")).isEqualTo("a");
    }

    @Test
    void brokenHeadersYieldWhatCanBeRead() {
        assertThat(parse("")).isEmpty();
        assertThat(parse("realm=\"x\"")).isEmpty();
        assertThat(parse("Bearer realm=\"unclosed").getFirst().parameter("realm"))
                .isEqualTo("unclosed");
        assertThat(parse("Bearer realm=\"x\\").getFirst().parameter("realm")).isEqualTo("x\\");
        assertThat(parse("Bearer ,,, ;;= \"\" realm=x")).hasSize(1);
    }

    private static List<Challenge> parse(String header) {
        return Challenge.parse(List.of(header));
    }
}
