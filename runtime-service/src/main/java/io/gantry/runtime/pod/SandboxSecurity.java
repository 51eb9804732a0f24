package io.gantry.runtime.pod;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Security context of a sandbox (CRI {@code LinuxSandboxSecurityContext}).
 *
 * @param runAsUser null: not set
 * @param runAsGroup null: not set; needs a user
 * @param privileged whether containers of the pod may be privileged
 * @param seccomp null: unconfined
 * @param apparmor null: not set
 */
public record SandboxSecurity(
        NamespaceOptions namespaces,
        SelinuxOptions selinux,
        @Nullable Long runAsUser,
        @Nullable Long runAsGroup,
        boolean readonlyRootfs,
        List<Long> supplementalGroups,
        SupplementalGroupsPolicy supplementalGroupsPolicy,
        boolean privileged,
        @Nullable SecurityProfile seccomp,
        @Nullable SecurityProfile apparmor) {

    public SandboxSecurity {
        supplementalGroups = List.copyOf(supplementalGroups);
    }

    /** What an absent security context means. */
    public static SandboxSecurity defaults() {
        return new SandboxSecurity(
                NamespaceOptions.defaults(),
                SelinuxOptions.none(),
                null,
                null,
                false,
                List.of(),
                SupplementalGroupsPolicy.MERGE,
                false,
                null,
                null);
    }

    /** The same with other namespaces. */
    public SandboxSecurity withNamespaces(NamespaceOptions other) {
        return new SandboxSecurity(
                other,
                selinux,
                runAsUser,
                runAsGroup,
                readonlyRootfs,
                supplementalGroups,
                supplementalGroupsPolicy,
                privileged,
                seccomp,
                apparmor);
    }
}
