package io.gantry.cri.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigChangesTest {

    @TempDir Path dir;

    private CriServerConfig load(String text) throws IOException {
        Path file = Files.writeString(dir.resolve("config.toml"), text);
        return ConfigLoader.load(new ConfigLoader.Flags(file, null, null, null, null));
    }

    @Test
    void onlyWhatARunningDaemonCannotChangeIsNamed() throws IOException {
        CriServerConfig now = load("");
        assertThat(ConfigChanges.thatNeedARestart(now, load(""))).isEmpty();
        assertThat(
                        ConfigChanges.thatNeedARestart(
                                now,
                                load(
                                        """
                                        [log]
                                        level = "debug"
                                        [cni]
                                        conf_dir = "/networks"
                                        [registry]
                                        config_path = ["/hosts"]
                                        [registry.auth."r.example"]
                                        username = "u"
                                        password = "p"
                                        """)))
                .isEmpty();
        assertThat(
                        ConfigChanges.thatNeedARestart(
                                now,
                                load(
                                        """
                                        root = "/elsewhere"
                                        [registry]
                                        signature_policy = "/p"
                                        connections_per_host = 1
                                        [metrics]
                                        port = 1
                                        """)))
                .containsExactly(
                        "root", "registry.signature_policy", "registry's limits", "metrics");
    }
}
