package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeProbeTest {

    @TempDir Path dir;

    @Test
    void memoryIsReadInBytes() {
        assertThat(NodeProbe.memory(List.of("MemTotal:       2048 kB", "MemFree: 1 kB")))
                .isEqualTo(2048 * 1024);
        assertThat(NodeProbe.memory(List.of())).isZero();
    }

    @Test
    void architecturesHaveTheNamesOfImages() {
        assertThat(NodeProbe.architecture("amd64")).isEqualTo("amd64");
        assertThat(NodeProbe.architecture("aarch64")).isEqualTo("arm64");
    }

    @Test
    void theOperatingSystemIsItsPrettyName() throws Exception {
        Path file =
                Files.writeString(
                        dir.resolve("os-release"), "ID=debian\nPRETTY_NAME=\"Debian 13\"\n");

        assertThat(NodeProbe.operatingSystem(file)).isEqualTo("Debian 13");
        assertThat(NodeProbe.operatingSystem(dir.resolve("missing"))).isEqualTo("Linux");
    }
}
