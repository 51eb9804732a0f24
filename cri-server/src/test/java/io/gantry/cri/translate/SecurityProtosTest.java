package io.gantry.cri.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.Capability;
import io.gantry.proto.cri.IDMapping;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.LinuxSandboxSecurityContext;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
import io.gantry.proto.cri.SupplementalGroupsPolicy;
import io.gantry.proto.cri.UserNamespace;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SecurityProtosTest {

    @Test
    void anEmptyContextIsTheDefault() {
        assertThat(sandbox(LinuxSandboxSecurityContext.newBuilder()))
                .isEqualTo(SandboxSecurity.defaults());
        assertThat(container(LinuxContainerSecurityContext.newBuilder()))
                .isEqualTo(ContainerSecurity.defaults());
    }

    @Test
    void rootByNumberIsNotTheSameAsNobodySaid() {
        assertThat(
                        container(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setRunAsUser(Int64Value.getDefaultInstance()))
                                .runAsUser())
                .isZero();
        assertThat(container(LinuxContainerSecurityContext.newBuilder()).runAsUser()).isNull();
    }

    @Test
    void aGroupNeedsAUser() {
        LinuxContainerSecurityContext.Builder group =
                LinuxContainerSecurityContext.newBuilder()
                        .setRunAsGroup(Int64Value.newBuilder().setValue(7));

        assertThatThrownBy(() -> container(group))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("x.run_as_group is set without a user: set run_as_user too");
        assertThat(container(group.setRunAsUsername("app")).runAsGroup()).isEqualTo(7);
        assertThatThrownBy(
                        () ->
                                sandbox(
                                        LinuxSandboxSecurityContext.newBuilder()
                                                .setRunAsGroup(Int64Value.getDefaultInstance())))
                .hasMessageStartingWith("x.run_as_group is set without a user");
    }

    @Test
    void namespacesGoThereAndBack() {
        NamespaceOption proto =
                NamespaceOption.newBuilder()
                        .setNetwork(NamespaceMode.NODE)
                        .setPid(NamespaceMode.TARGET)
                        .setTargetId("abc")
                        .setUsernsOptions(
                                UserNamespace.newBuilder()
                                        .setMode(NamespaceMode.POD)
                                        .addUids(mapping(0, 3_000_000_000L, 65_536))
                                        .addGids(mapping(0, 3_000_000_000L, 65_536)))
                        .build();
        NamespaceOptions options =
                Objects.requireNonNull(
                        container(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setNamespaceOptions(proto))
                                .namespaces());

        // Ids are unsigned on the wire.
        assertThat(Objects.requireNonNull(options.userns()).uids().getFirst().hostId())
                .isEqualTo(3_000_000_000L);
        assertThat(SecurityProtos.toProto(options)).isEqualTo(proto);
    }

    @Test
    void modesThatANamespaceCannotHaveAreRefused() {
        assertThatThrownBy(() -> namespaces(o -> o.setNetwork(NamespaceMode.CONTAINER)))
                .hasMessage("x.namespace_options.network is \"CONTAINER\": it must be POD or NODE");
        assertThatThrownBy(() -> namespaces(o -> o.setIpc(NamespaceMode.TARGET)))
                .hasMessage("x.namespace_options.ipc is \"TARGET\": it must be POD or NODE");
        assertThatThrownBy(() -> namespaces(o -> o.setPid(NamespaceMode.TARGET)))
                .hasMessage("x.namespace_options.target_id is missing: pid is TARGET");
        assertThatThrownBy(() -> namespaces(o -> o.setPidValue(17)))
                .hasMessage("x.namespace_options.pid is unknown");
    }

    @Test
    void aUserNamespaceNeedsOneRangeThatMapsRoot() {
        assertThatThrownBy(
                        () ->
                                namespaces(
                                        o ->
                                                o.setUsernsOptions(
                                                        UserNamespace.newBuilder()
                                                                .addUids(mapping(1, 100, 10)))))
                .hasMessageStartingWith("x.namespace_options.userns_options.uids is ")
                .hasMessageEndingWith("one range that maps id 0 is needed");
    }

    @Test
    void profilesComeInBothForms() {
        assertThat(seccomp(c -> c.setSeccompProfilePath("runtime/default")))
                .isEqualTo(SecurityProfile.runtimeDefault());
        assertThat(seccomp(c -> c.setSeccompProfilePath("unconfined")))
                .isEqualTo(SecurityProfile.unconfined());
        assertThat(seccomp(c -> c.setSeccompProfilePath("localhost//p.json")))
                .isEqualTo(new SecurityProfile(SecurityProfile.Type.LOCALHOST, "/p.json"));
        assertThat(
                        seccomp(
                                c ->
                                        c.getSeccompBuilder()
                                                .setProfileType(ProfileType.Localhost)
                                                .setLocalhostRef("/p.json")))
                .isEqualTo(new SecurityProfile(SecurityProfile.Type.LOCALHOST, "/p.json"));
        assertThat(seccomp(c -> c.getSeccompBuilder().setProfileType(ProfileType.RuntimeDefault)))
                .isEqualTo(SecurityProfile.runtimeDefault());
    }

    @Test
    void aProfileThatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> seccomp(c -> c.setSeccompProfilePath("/p.json")))
                .hasMessage(
                        "x.seccomp is \"/p.json\": it must be runtime/default, unconfined or"
                                + " localhost/NAME");
        assertThatThrownBy(
                        () ->
                                seccomp(
                                        c ->
                                                c.getSeccompBuilder()
                                                        .setProfileType(ProfileType.Localhost)))
                .hasMessage("x.seccomp.localhost_ref is missing");
    }

    @Test
    void anUnknownGroupsPolicyIsRefused() {
        assertThatThrownBy(
                        () ->
                                container(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setSupplementalGroupsPolicyValue(9)))
                .hasMessage("x.supplemental_groups_policy is unknown");
        assertThat(
                        container(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setSupplementalGroupsPolicy(
                                                        SupplementalGroupsPolicy.Strict))
                                .supplementalGroupsPolicy())
                .isEqualTo(io.gantry.runtime.pod.SupplementalGroupsPolicy.STRICT);
    }

    @Test
    void capabilitiesAndPathsAreHandedOn() {
        ContainerSecurity security =
                container(
                        LinuxContainerSecurityContext.newBuilder()
                                .setCapabilities(
                                        Capability.newBuilder()
                                                .addAddCapabilities("NET_ADMIN")
                                                .addDropCapabilities("ALL"))
                                .addMaskedPaths("/proc/kcore")
                                .addReadonlyPaths("/proc/sys")
                                .addSupplementalGroups(5)
                                .setNoNewPrivs(true)
                                .setReadonlyRootfs(true)
                                .setPrivileged(true));

        assertThat(security.capabilities().add()).containsExactly("NET_ADMIN");
        assertThat(security.capabilities().drop()).containsExactly("ALL");
        assertThat(security.maskedPaths()).containsExactly("/proc/kcore");
        assertThat(security.readonlyPaths()).containsExactly("/proc/sys");
        assertThat(security.supplementalGroups()).containsExactly(5L);
        assertThat(security.noNewPrivs()).isTrue();
        assertThat(security.readonlyRootfs()).isTrue();
        assertThat(security.privileged()).isTrue();
    }

    private static IDMapping mapping(int container, long host, int length) {
        return IDMapping.newBuilder()
                .setContainerId(container)
                .setHostId((int) host)
                .setLength(length)
                .build();
    }

    private static void namespaces(java.util.function.Consumer<NamespaceOption.Builder> change) {
        NamespaceOption.Builder options = NamespaceOption.newBuilder();
        change.accept(options);
        assertThat(
                        container(
                                LinuxContainerSecurityContext.newBuilder()
                                        .setNamespaceOptions(options)))
                .isNotNull();
    }

    private static @Nullable SecurityProfile seccomp(
            java.util.function.Consumer<LinuxContainerSecurityContext.Builder> change) {
        LinuxContainerSecurityContext.Builder context = LinuxContainerSecurityContext.newBuilder();
        change.accept(context);
        return container(context).seccomp();
    }

    private static SandboxSecurity sandbox(LinuxSandboxSecurityContext.Builder proto) {
        return SecurityProtos.toDomain("x", proto.build());
    }

    private static ContainerSecurity container(LinuxContainerSecurityContext.Builder proto) {
        return SecurityProtos.toDomain("x", proto.build());
    }
}
