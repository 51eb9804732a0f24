package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\nX-Injected: 1", "a\0b", "\u00e9"})
    void aRegistryTokenThatIsNoHeaderIsRefusedAndNotRepeated(String token) {
        assertThatThrownBy(() -> new Credentials("", "", "", token, ""))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "registry credentials: the registry token has characters that no token"
                                + " has");
    }

    @Test
    void authHoldsUserAndPassword() {
        Credentials credentials = Credentials.ANONYMOUS.withAuth("dXNlcjpwYTpzcw==");
        assertThat(credentials.username()).isEqualTo("user");
        assertThat(credentials.password()).isEqualTo("pa:ss");
        assertThat(Credentials.ANONYMOUS.withAuth("")).isEqualTo(Credentials.ANONYMOUS);
    }

    @Test
    void malformedAuthIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> Credentials.ANONYMOUS.withAuth("s3cret!"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("registry credentials: auth is not base64");
        assertThatThrownBy(() -> Credentials.ANONYMOUS.withAuth("c2VjcmV0"))
                .hasMessage("registry credentials: auth is not user:password in base64");
    }

    @Test
    void tokenAsUserNameMeansAnIdentityToken() {
        Credentials credentials = Credentials.basic("<token>", "refresh");
        assertThat(credentials.identityToken()).isEqualTo("refresh");
        assertThat(credentials.username()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "quay.io, quay.io, true",
        "https://quay.io, quay.io, true",
        "https://quay.io/v1/, quay.io, true",
        "quay.io, docker.io, false",
        "https://index.docker.io/v1/, docker.io, true",
        "registry-1.docker.io, docker.io, true",
        "localhost:5000, localhost:5000, true",
        "localhost, localhost:5000, false",
        "'', anything.io, true"
    })
    void credentialsAreForTheirServerOnly(String server, String registry, boolean match) {
        Credentials credentials = new Credentials("u", "p", "", "", server);
        assertThat(credentials.forRegistry(registry).isAnonymous()).isEqualTo(!match);
    }

    @Test
    void secretsAreNotPrinted() {
        assertThat(new Credentials("alice", "s3cret", "idtok", "regtok", "quay.io"))
                .hasToString("Credentials[user name identity token registry token for quay.io]");
    }
}
