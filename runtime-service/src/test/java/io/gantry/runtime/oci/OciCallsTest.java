package io.gantry.runtime.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OciCallsTest {

    private static final OciCalls CALLS =
            new OciCalls(
                    new OciHandler("runc", "/usr/sbin/runc", "/run/runc"),
                    Path.of("/bundle"),
                    "create",
                    Optional.empty());

    @Test
    void runtimeIsToldToAskSystemdBeforeItsVerb() {
        assertThat(CALLS.create("id", true).argv())
                .containsSequence("--log-format", "json", "--systemd-cgroup", "create")
                .endsWith("id");
    }

    @Test
    void withoutSystemdItIsNotToldSo() {
        assertThat(CALLS.create("id", false).argv())
                .containsSequence("json", "create", "--bundle", "/bundle")
                .doesNotContain("--systemd-cgroup");
        assertThat(CALLS.exec("id", Path.of("/p.json")).argv()).doesNotContain("--systemd-cgroup");
    }
}
