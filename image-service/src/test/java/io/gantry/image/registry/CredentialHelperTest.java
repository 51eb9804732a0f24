package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class CredentialHelperTest {

    @TempDir private Path directory;

    /** A helper that does what a shell script says, with "$server" read from its input. */
    private CredentialHelper helper(String script) throws IOException {
        Path program = directory.resolve("docker-credential-test");
        Files.writeString(program, "#!/bin/sh\nread -r server\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new CredentialHelper(program.toString(), Duration.ofMinutes(2));
    }

    @Test
    void answersForTheServerOnItsInput() throws IOException {
        CredentialHelper helper =
                helper(
                        "[ $1 = get ] && echo '{\"ServerURL\":\"'$server'\",\"Username\":\"alice\","
                                + "\"Secret\":\"of '$server'\"}'");
        assertThat(helper.get("registry.example:5000"))
                .contains(Credentials.basic("alice", "of registry.example:5000"));
    }

    @Test
    void tokenAsUserNameMeansAnIdentityToken() throws IOException {
        CredentialHelper helper = helper("echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
        assertThat(helper.get("x")).contains(new Credentials("", "", "t", "", ""));
    }

    @Test
    void helperThatKnowsNoneSaysSo() throws IOException {
        CredentialHelper helper = helper("echo 'credentials not found in native keychain'; exit 1");
        assertThat(helper.get("x")).isEmpty();
    }

    @Test
    void failureIsReportedInItsWords() throws IOException {
        CredentialHelper helper = helper("echo 'error getting credentials: locked'; exit 3");
        assertThatThrownBy(() -> helper.get("registry.example"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "credential helper "
                                + directory.resolve("docker-credential-test")
                                + " failed for registry.example: it ended with 3: error getting"
                                + " credentials: locked");
    }

    @Test
    void missingHelperIsNamed() {
        assertThatThrownBy(() -> CredentialHelper.named("gantry-none-such").get("x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageStartingWith(
                        "credential helper docker-credential-gantry-none-such failed for x: ");
    }

    @Test
    void helperThatDoesNotAnswerIsKilledWithItsChildren() throws IOException {
        Path program = directory.resolve("docker-credential-slow");
        Files.writeString(
                program, "#!/bin/sh\nsleep 1000 & echo $! > " + directory + "/child\nwait\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        // Long enough for it to have a child on a busy machine.
        CredentialHelper helper = new CredentialHelper(program.toString(), Duration.ofSeconds(3));
        assertThatThrownBy(() -> helper.get("x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("no answer for 3 seconds");
        long child = Long.parseLong(Files.readString(directory.resolve("child")).strip());
        ProcessHandle.of(child).ifPresent(handle -> handle.onExit().join());
    }

    @Test
    void answerThatIsNotJsonIsNotRepeated() throws IOException {
        CredentialHelper helper = helper("echo 'Secret=hunter2'");
        assertThatThrownBy(() -> helper.get("x"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageEndingWith("it answered with something not JSON")
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
    }

    @Test
    void endlessAnswerIsCutOff() throws IOException {
        CredentialHelper helper = helper("exec yes");
        assertThatThrownBy(() -> helper.get("x")).isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void namesThatCouldBePathsOrOptionsAreRefused() {
        for (String name : List.of("", "../evil", "a/b", "-x", "a b", "x".repeat(100))) {
            assertThatThrownBy(() -> CredentialHelper.named(name))
                    .isInstanceOf(InvalidArgumentException.class);
        }
    }
}
