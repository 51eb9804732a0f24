package io.gantry.runtime.container;

import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Security context of a container (CRI {@code LinuxContainerSecurityContext}).
 *
 * @param namespaces null: as the pod's
 * @param runAsUser null: not set
 * @param runAsGroup null: not set; needs a user
 * @param runAsUsername resolved in the image; empty: not set
 * @param seccomp null: unconfined
 * @param apparmor null: not set
 */
public record ContainerSecurity(
        CapabilityChanges capabilities,
        boolean privileged,
        @Nullable NamespaceOptions namespaces,
        SelinuxOptions selinux,
        @Nullable Long runAsUser,
        @Nullable Long runAsGroup,
        String runAsUsername,
        boolean readonlyRootfs,
        List<Long> supplementalGroups,
        SupplementalGroupsPolicy supplementalGroupsPolicy,
        boolean noNewPrivs,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        @Nullable SecurityProfile seccomp,
        @Nullable SecurityProfile apparmor) {

    public ContainerSecurity {
        supplementalGroups = List.copyOf(supplementalGroups);
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
    }

    /** What an absent security context means. */
    public static ContainerSecurity defaults() {
        return new ContainerSecurity(
                CapabilityChanges.none(),
                false,
                null,
                SelinuxOptions.none(),
                null,
                null,
                "",
                false,
                List.of(),
                SupplementalGroupsPolicy.MERGE,
                false,
                List.of(),
                List.of(),
                null,
                null);
    }
}
