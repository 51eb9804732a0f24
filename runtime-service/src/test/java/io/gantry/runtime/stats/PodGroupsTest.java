package io.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.SandboxSecurity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodGroupsTest {

    private static PodSandbox pod(String uid, String cgroup) {
        return new PodSandbox(
                new PodSandboxId("a".repeat(64)),
                PodOwner.CRI,
                "",
                new PodSandboxConfig(
                        new PodSandboxMetadata("pod", uid, "default", 0),
                        "pod",
                        "",
                        null,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        "",
                        SandboxSecurity.defaults(),
                        Map.of(),
                        LinuxResources.none(),
                        LinuxResources.none()),
                "pod",
                cgroup,
                Instant.EPOCH,
                PodSandboxStatus.creating());
    }

    @Test
    void groupThatIsNamedAfterThePodIsItsOwn() {
        assertThat(PodGroups.own(pod("1-2", "/kubepods/burstable/pod1-2/id")))
                .contains("/kubepods/burstable/pod1-2");
    }

    @Test
    void sliceThatIsNamedAfterThePodIsItsOwn() {
        assertThat(PodGroups.own(pod("1-2", "/k.slice/k-pod1_2.slice/gantry-id.scope")))
                .contains("/k.slice/k-pod1_2.slice");
    }

    @Test
    void groupThatOthersShareIsNobodysOwn() {
        assertThat(PodGroups.own(pod("1-2", "/gantry.slice/gantry-id.scope"))).isEmpty();
        assertThat(PodGroups.own(pod("", "/kubepods/pod/id"))).isEmpty();
    }
}
