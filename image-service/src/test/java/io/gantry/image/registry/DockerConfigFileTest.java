package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerConfigFileTest {

    @TempDir private Path directory;

    /** Apostrophes stand for quotes. */
    private NodeCredentials file(String json) throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, json.replace('\'', '"'));
        return new DockerConfigFile(file);
    }

    @Test
    void readsEveryFormOfAuths() throws IOException {
        NodeCredentials file =
                file(
                        """
                        {'auths': {
                          'a.example': {'auth': 'YWxpY2U6c2VjcmV0'},
                          'b.example:5000': {'username': 'bob', 'password': 'b'},
                          'https://c.example/v2/': {'identitytoken': 'i'},
                          'd.example': {'registrytoken': 'r'},
                          'e.example': {}
                        }}
                        """);
        assertThat(file.find("a.example", "x")).isEqualTo(Credentials.basic("alice", "secret"));
        assertThat(file.find("b.example:5000", "x")).isEqualTo(Credentials.basic("bob", "b"));
        assertThat(file.find("c.example", "x").identityToken()).isEqualTo("i");
        assertThat(file.find("d.example", "x").registryToken()).isEqualTo("r");
        assertThat(file.find("e.example", "x").isAnonymous()).isTrue();
        assertThat(file.find("b.example", "x").isAnonymous()).isTrue();
    }

    @Test
    void dockerHubIsFiledUnderItsOldUrl() throws IOException {
        NodeCredentials file =
                file("{'auths': {'https://index.docker.io/v1/': {'auth': 'YWxpY2U6c2VjcmV0'}}}");
        assertThat(file.find("docker.io", "library/x").username()).isEqualTo("alice");
        assertThat(file.find("registry-1.docker.io", "library/x").username()).isEqualTo("alice");
    }

    @Test
    void longestPathCounts() throws IOException {
        NodeCredentials file =
                file(
                        """
                        {'auths': {
                          'r.example': {'username': 'all', 'password': 'x'},
                          'r.example/team': {'username': 'team', 'password': 'x'},
                          'r.example/team/app': {'username': 'app', 'password': 'x'}
                        }}
                        """);
        assertThat(file.find("r.example", "team/app").username()).isEqualTo("app");
        assertThat(file.find("r.example", "team/app/sub").username()).isEqualTo("app");
        assertThat(file.find("r.example", "team/apple").username()).isEqualTo("team");
        assertThat(file.find("r.example", "teams/app").username()).isEqualTo("all");
    }

    @Test
    void helperThatFailsIsNamedWhenItsHostIsAsked() throws IOException {
        NodeCredentials file =
                file("{'credHelpers': {'h.example': 'gantry-none-such'}, 'auths': {}}");
        assertThat(file.find("other.example", "x").isAnonymous()).isTrue();
        assertThatThrownBy(() -> file.find("h.example", "x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageStartingWith(
                        "credential helper docker-credential-gantry-none-such failed for"
                                + " h.example");
    }

    @Test
    void badHelperNameIsReportedWithTheFile() throws IOException {
        NodeCredentials file = file("{'credsStore': '../evil'}");
        assertThatThrownBy(() -> file.find("h.example", "x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        directory.resolve("config.json")
                                + ": credential helper has a bad name \"../evil\"");
    }

    @Test
    void missingFileHoldsNone() {
        NodeCredentials file = new DockerConfigFile(directory.resolve("none.json"));
        assertThat(file.find("x.example", "x").isAnonymous()).isTrue();
    }

    @Test
    void brokenFileIsReportedWithoutItsSecrets() throws IOException {
        NodeCredentials file = file("{'auths': {'a': {'password': 'hunter2' 'x'}}}");
        assertThatThrownBy(() -> file.find("a", "x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(directory.resolve("config.json") + " is not JSON, at line 1")
                .hasNoCause();
    }

    @Test
    void firstThatHasSomeCounts() throws IOException {
        NodeCredentials first =
                new ConfiguredCredentials(Map.of("a.example", Credentials.basic("one", "1")));
        NodeCredentials both =
                first.or(file("{'auths': {'b.example': {'username': 'two', 'password': '2'}}}"));
        assertThat(both.find("a.example", "x").username()).isEqualTo("one");
        assertThat(both.find("b.example", "x").username()).isEqualTo("two");
    }
}
