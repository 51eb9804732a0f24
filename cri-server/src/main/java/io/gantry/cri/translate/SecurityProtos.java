package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.proto.cri.Capability;
import io.gantry.proto.cri.IDMapping;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.LinuxSandboxSecurityContext;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.SELinuxOption;
import io.gantry.proto.cri.UserNamespace;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import io.gantry.runtime.pod.UserNamespaceOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Security contexts, with the namespaces that are part of them. */
final class SecurityProtos {

    private static final String LOCALHOST = "localhost/";

    private SecurityProtos() {}

    static SandboxSecurity toDomain(String field, LinuxSandboxSecurityContext proto) {
        checkGroupHasUser(field, proto.hasRunAsGroup(), proto.hasRunAsUser());
        return new SandboxSecurity(
                namespaces(field + ".namespace_options", proto.getNamespaceOptions()),
                selinux(proto.getSelinuxOptions()),
                Fields.orNull(proto.hasRunAsUser(), proto.getRunAsUser()),
                Fields.orNull(proto.hasRunAsGroup(), proto.getRunAsGroup()),
                proto.getReadonlyRootfs(),
                proto.getSupplementalGroupsList(),
                policy(field, proto.getSupplementalGroupsPolicy()),
                proto.getPrivileged(),
                profile(
                        field + ".seccomp",
                        proto.hasSeccomp(),
                        proto.getSeccomp(),
                        proto.getSeccompProfilePath()),
                profile(field + ".apparmor", proto.hasApparmor(), proto.getApparmor(), ""));
    }

    static ContainerSecurity toDomain(String field, LinuxContainerSecurityContext proto) {
        boolean user = proto.hasRunAsUser() || !proto.getRunAsUsername().isEmpty();
        checkGroupHasUser(field, proto.hasRunAsGroup(), user);
        return new ContainerSecurity(
                capabilities(proto.getCapabilities()),
                proto.getPrivileged(),
                proto.hasNamespaceOptions()
                        ? namespaces(field + ".namespace_options", proto.getNamespaceOptions())
                        : null,
                selinux(proto.getSelinuxOptions()),
                Fields.orNull(proto.hasRunAsUser(), proto.getRunAsUser()),
                Fields.orNull(proto.hasRunAsGroup(), proto.getRunAsGroup()),
                proto.getRunAsUsername(),
                proto.getReadonlyRootfs(),
                proto.getSupplementalGroupsList(),
                policy(field, proto.getSupplementalGroupsPolicy()),
                proto.getNoNewPrivs(),
                proto.getMaskedPathsList(),
                proto.getReadonlyPathsList(),
                profile(
                        field + ".seccomp",
                        proto.hasSeccomp(),
                        proto.getSeccomp(),
                        proto.getSeccompProfilePath()),
                profile(
                        field + ".apparmor",
                        proto.hasApparmor(),
                        proto.getApparmor(),
                        proto.getApparmorProfile()));
    }

    static NamespaceOption toProto(NamespaceOptions domain) {
        NamespaceOption.Builder proto =
                NamespaceOption.newBuilder()
                        .setNetwork(toProto(domain.network()))
                        .setPid(toProto(domain.pid()))
                        .setIpc(toProto(domain.ipc()))
                        .setTargetId(domain.targetId());
        UserNamespaceOptions userns = domain.userns();
        if (userns != null) {
            proto.setUsernsOptions(
                    UserNamespace.newBuilder()
                            .setMode(toProto(userns.mode()))
                            .addAllUids(toProto(userns.uids()))
                            .addAllGids(toProto(userns.gids())));
        }
        return proto.build();
    }

    static List<IdMapping> mappings(List<IDMapping> protos) {
        return protos.stream()
                .map(
                        proto ->
                                new IdMapping(
                                        Integer.toUnsignedLong(proto.getContainerId()),
                                        Integer.toUnsignedLong(proto.getHostId()),
                                        Integer.toUnsignedLong(proto.getLength())))
                .toList();
    }

    static List<IDMapping> toProto(List<IdMapping> mappings) {
        return mappings.stream()
                .map(
                        mapping ->
                                IDMapping.newBuilder()
                                        .setContainerId((int) mapping.containerId())
                                        .setHostId((int) mapping.hostId())
                                        .setLength((int) mapping.size())
                                        .build())
                .toList();
    }

    private static NamespaceOptions namespaces(String field, NamespaceOption proto) {
        NamespaceMode network = mode(field + ".network", proto.getNetwork());
        NamespaceMode ipc = mode(field + ".ipc", proto.getIpc());
        NamespaceMode pid = mode(field + ".pid", proto.getPid());
        requirePodOrNode(field + ".network", network);
        requirePodOrNode(field + ".ipc", ipc);
        if (pid == NamespaceMode.TARGET && proto.getTargetId().isEmpty()) {
            throw new InvalidArgumentException(field + ".target_id is missing: pid is TARGET");
        }
        return new NamespaceOptions(
                network,
                pid,
                ipc,
                pid == NamespaceMode.TARGET ? proto.getTargetId() : "",
                proto.hasUsernsOptions()
                        ? userns(field + ".userns_options", proto.getUsernsOptions())
                        : null);
    }

    private static UserNamespaceOptions userns(String field, UserNamespace proto) {
        NamespaceMode mode = mode(field + ".mode", proto.getMode());
        requirePodOrNode(field + ".mode", mode);
        if (mode == NamespaceMode.NODE) {
            return new UserNamespaceOptions(mode, List.of(), List.of());
        }
        return new UserNamespaceOptions(
                mode,
                oneMapping(field + ".uids", proto.getUidsList()),
                oneMapping(field + ".gids", proto.getGidsList()));
    }

    private static List<IdMapping> oneMapping(String field, List<IDMapping> protos) {
        List<IdMapping> mappings = mappings(protos);
        if (mappings.size() != 1
                || mappings.getFirst().containerId() != 0
                || mappings.getFirst().size() == 0) {
            throw Fields.invalid(field, mappings, "one range that maps id 0 is needed");
        }
        return mappings;
    }

    private static void requirePodOrNode(String field, NamespaceMode mode) {
        if (mode != NamespaceMode.POD && mode != NamespaceMode.NODE) {
            throw Fields.invalid(field, mode, "it must be POD or NODE");
        }
    }

    private static NamespaceMode mode(String field, io.gantry.proto.cri.NamespaceMode proto) {
        return switch (proto) {
            case POD -> NamespaceMode.POD;
            case CONTAINER -> NamespaceMode.CONTAINER;
            case NODE -> NamespaceMode.NODE;
            case TARGET -> NamespaceMode.TARGET;
            case UNRECOGNIZED -> throw new InvalidArgumentException(field + " is unknown");
        };
    }

    private static io.gantry.proto.cri.NamespaceMode toProto(NamespaceMode mode) {
        return switch (mode) {
            case POD -> io.gantry.proto.cri.NamespaceMode.POD;
            case CONTAINER -> io.gantry.proto.cri.NamespaceMode.CONTAINER;
            case NODE -> io.gantry.proto.cri.NamespaceMode.NODE;
            case TARGET -> io.gantry.proto.cri.NamespaceMode.TARGET;
        };
    }

    private static SupplementalGroupsPolicy policy(
            String field, io.gantry.proto.cri.SupplementalGroupsPolicy proto) {
        return switch (proto) {
            case Merge -> SupplementalGroupsPolicy.MERGE;
            case Strict -> SupplementalGroupsPolicy.STRICT;
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException(
                            field + ".supplemental_groups_policy is unknown");
        };
    }

    private static CapabilityChanges capabilities(Capability proto) {
        return new CapabilityChanges(
                proto.getAddCapabilitiesList(),
                proto.getDropCapabilitiesList(),
                proto.getAddAmbientCapabilitiesList());
    }

    private static SelinuxOptions selinux(SELinuxOption proto) {
        return new SelinuxOptions(
                proto.getUser(), proto.getRole(), proto.getType(), proto.getLevel());
    }

    /**
     * A profile in its newer form, or in the older one: {@code runtime/default}, {@code
     * unconfined}, {@code localhost/NAME}.
     */
    private static @Nullable SecurityProfile profile(
            String field,
            boolean present,
            io.gantry.proto.cri.SecurityProfile proto,
            String older) {
        if (!present) {
            return older(field, older);
        }
        return switch (proto.getProfileType()) {
            case RuntimeDefault -> SecurityProfile.runtimeDefault();
            case Unconfined -> SecurityProfile.unconfined();
            case Localhost -> localhost(field + ".localhost_ref", proto.getLocalhostRef());
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException(field + ".profile_type is unknown");
        };
    }

    private static @Nullable SecurityProfile older(String field, String text) {
        return switch (text) {
            case "" -> null;
            case "runtime/default", "docker/default" -> SecurityProfile.runtimeDefault();
            case "unconfined" -> SecurityProfile.unconfined();
            default -> {
                if (!text.startsWith(LOCALHOST)) {
                    throw Fields.invalid(
                            field,
                            text,
                            "it must be runtime/default, unconfined or localhost/NAME");
                }
                yield localhost(field, text);
            }
        };
    }

    private static SecurityProfile localhost(String field, String reference) {
        String name =
                reference.startsWith(LOCALHOST)
                        ? reference.substring(LOCALHOST.length())
                        : reference;
        return new SecurityProfile(SecurityProfile.Type.LOCALHOST, Fields.required(field, name));
    }

    private static void checkGroupHasUser(String field, boolean group, boolean user) {
        if (group && !user) {
            throw new InvalidArgumentException(
                    field + ".run_as_group is set without a user: set run_as_user too");
        }
    }
}
