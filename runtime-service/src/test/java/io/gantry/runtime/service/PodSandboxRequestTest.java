package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.UserNamespaceOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodSandboxRequestTest {

    private static final IdMapping RANGE = new IdMapping(0, 100_000, 65_536);

    private static PodSandboxRequest request(
            NamespaceMode mode, List<IdMapping> uids, List<IdMapping> gids) {
        SandboxSecurity standard = SandboxSecurity.defaults();
        SandboxSecurity security =
                new SandboxSecurity(
                        new NamespaceOptions(
                                NamespaceMode.POD,
                                NamespaceMode.POD,
                                NamespaceMode.POD,
                                "",
                                new UserNamespaceOptions(mode, uids, gids)),
                        standard.selinux(),
                        null,
                        null,
                        false,
                        List.of(),
                        standard.supplementalGroupsPolicy(),
                        false,
                        null,
                        null);
        PodSandboxConfig config =
                new PodSandboxConfig(
                        new PodSandboxMetadata("pod", "uid", "default", 0),
                        "",
                        "",
                        null,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        "",
                        security,
                        Map.of(),
                        LinuxResources.none(),
                        LinuxResources.none());
        return new PodSandboxRequest(PodOwner.CRI, config, "");
    }

    @Test
    void oneRangeThatMapsRootIsAUserNamespace() {
        assertThatCode(request(NamespaceMode.POD, List.of(RANGE), List.of(RANGE))::validate)
                .doesNotThrowAnyException();
        assertThatCode(request(NamespaceMode.NODE, List.of(), List.of())::validate)
                .doesNotThrowAnyException();
        IdMapping last = new IdMapping(0, 0xffff_fff0L, 15);
        assertThatCode(request(NamespaceMode.POD, List.of(last), List.of(RANGE))::validate)
                .doesNotThrowAnyException();
    }

    @Test
    void otherRangesAreRefusedAndShown() {
        assertRefused(
                request(NamespaceMode.POD, List.of(RANGE, RANGE), List.of(RANGE)),
                "uids of the user namespace are \"0 100000 65536, 0 100000 65536\": one range that"
                        + " maps id 0 is needed");
        assertRefused(
                request(NamespaceMode.POD, List.of(RANGE), List.of(new IdMapping(1, 5, 1))),
                "gids of the user namespace are \"1 5 1\": one range that maps id 0 is needed");
        assertRefused(
                request(NamespaceMode.POD, List.of(RANGE), List.of()),
                "gids of the user namespace are \"\": one range that maps id 0 is needed");
        assertRefused(
                request(NamespaceMode.POD, List.of(new IdMapping(0, 5, 0)), List.of(RANGE)),
                "uids of the user namespace are \"0 5 0\": the host has 0 to 4294967294");
        assertRefused(
                request(
                        NamespaceMode.POD,
                        List.of(new IdMapping(0, 0xffff_fff0L, 16)),
                        List.of(RANGE)),
                "uids of the user namespace are \"0 4294967280 16\": the host has 0 to 4294967294");
        assertRefused(
                request(NamespaceMode.CONTAINER, List.of(RANGE), List.of(RANGE)),
                "user namespace mode CONTAINER is neither POD nor NODE");
    }

    private static void assertRefused(PodSandboxRequest request, String message) {
        assertThatThrownBy(request::validate)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(message);
    }
}
