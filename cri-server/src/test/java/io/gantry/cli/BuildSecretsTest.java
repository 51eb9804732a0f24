package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class BuildSecretsTest {

    private static final Map<String, String> ENVIRONMENT =
            Map.of("TOKEN", "t", "SSH_AUTH_SOCK", "/run/agent");

    @TempDir private Path directory;

    @Command
    private static final class Holder {
        @Mixin private final BuildSecrets secrets = new BuildSecrets();
    }

    private static BuildSecrets.Offers offers(String... words) {
        Holder holder = new Holder();
        new CommandLine(holder).parseArgs(words);
        return holder.secrets.offers(ENVIRONMENT);
    }

    @Test
    void aSecretIsInAFileOrInAVariable() {
        Map<String, BuildSecrets.Secret> secrets =
                offers(
                                "--secret=id=a,src=/s/a",
                                "--secret=id=b,env=TOKEN",
                                "--secret=type=env,id=TOKEN",
                                "--secret=type=file,id=c,source=/s/c")
                        .secrets();

        assertThat(secrets)
                .containsEntry("a", new BuildSecrets.Secret(Path.of("/s/a"), ""))
                .containsEntry("b", new BuildSecrets.Secret(Path.of("b"), "TOKEN"))
                .containsEntry("TOKEN", new BuildSecrets.Secret(Path.of("TOKEN"), "TOKEN"))
                .containsEntry("c", new BuildSecrets.Secret(Path.of("/s/c"), ""));
    }

    @Test
    void aSecretThatCannotBeIsNamed() {
        assertThatThrownBy(() -> offers("--secret=id=a,env=NONE"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("NONE is not set");
        assertThatThrownBy(() -> offers("--secret=id=a,file=/s"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'file=/s' is not known");
        assertThatThrownBy(() -> offers("--secret=src=/s"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("needs an id");
    }

    @Test
    void anAgentIsThatOfTheUserOrTheOneThatIsNamed() {
        assertThat(offers("--ssh=default", "--ssh=ci=/run/other").agents())
                .containsEntry("default", Path.of("/run/agent"))
                .containsEntry("ci", Path.of("/run/other"));
    }

    @Test
    void keysAreFilesOrSeveralAndTheLastWordCounts() throws IOException {
        Path key = Files.writeString(directory.resolve("id_ed25519"), "key");
        BuildSecrets.Offers offers =
                offers("--ssh=default", "--ssh=default=" + key, "--ssh=ci=/k/a,/k/b");
        assertThat(offers.agents()).isEmpty();
        assertThat(offers.keys())
                .containsEntry("default", List.of(key))
                .containsEntry("ci", List.of(Path.of("/k/a"), Path.of("/k/b")));
    }
}
