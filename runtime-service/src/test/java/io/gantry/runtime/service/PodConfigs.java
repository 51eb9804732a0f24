package io.gantry.runtime.service;

import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests that tests share. */
final class PodConfigs {

    private PodConfigs() {}

    static PodSandboxConfig withLogs(String name, Path logs) {
        return new PodSandboxConfig(
                new PodSandboxMetadata(name, "uid-" + name, "default", 0),
                name,
                logs.toString(),
                null,
                List.of(),
                Map.of(),
                Map.of(),
                "",
                SandboxSecurity.defaults(),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    static PodSandboxConfig secured(String name, SandboxSecurity security) {
        return new PodSandboxConfig(
                new PodSandboxMetadata(name, "uid-" + name, "default", 0),
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
    }

    static ContainerConfig logging(ContainerConfig config, String logPath) {
        return copy(config, config.workingDir(), config.mounts(), logPath, config.resources());
    }

    static ContainerConfig with(
            ContainerConfig config,
            String workingDir,
            List<ContainerMount> mounts,
            LinuxResources resources) {
        return copy(config, workingDir, mounts, config.logPath(), resources);
    }

    /** With the default filter of system calls. */
    static ContainerConfig filtered(ContainerConfig config) {
        ContainerSecurity none = config.security();
        return with(
                config,
                none.capabilities(),
                none.privileged(),
                SecurityProfile.runtimeDefault(),
                none.apparmor());
    }

    /** That may mount, but for what a profile of AppArmor says; null: nothing said of one. */
    static ContainerConfig mounting(ContainerConfig config, @Nullable SecurityProfile apparmor) {
        CapabilityChanges admin = new CapabilityChanges(List.of("SYS_ADMIN"), List.of(), List.of());
        return with(config, admin, false, null, apparmor);
    }

    static ContainerConfig privileged(ContainerConfig config) {
        return with(config, CapabilityChanges.none(), true, null, null);
    }

    static ContainerConfig noNewPrivileges(ContainerConfig config) {
        ContainerSecurity none = config.security();
        return with(
                config,
                new ContainerSecurity(
                        none.capabilities(),
                        none.privileged(),
                        none.namespaces(),
                        none.selinux(),
                        none.runAsUser(),
                        none.runAsGroup(),
                        none.runAsUsername(),
                        none.readonlyRootfs(),
                        none.supplementalGroups(),
                        none.supplementalGroupsPolicy(),
                        true,
                        none.maskedPaths(),
                        none.readonlyPaths(),
                        none.seccomp(),
                        none.apparmor()));
    }

    private static ContainerConfig with(
            ContainerConfig config,
            CapabilityChanges capabilities,
            boolean privileged,
            @Nullable SecurityProfile seccomp,
            @Nullable SecurityProfile apparmor) {
        ContainerSecurity none = config.security();
        ContainerSecurity security =
                new ContainerSecurity(
                        capabilities,
                        privileged,
                        none.namespaces(),
                        none.selinux(),
                        none.runAsUser(),
                        none.runAsGroup(),
                        none.runAsUsername(),
                        none.readonlyRootfs(),
                        none.supplementalGroups(),
                        none.supplementalGroupsPolicy(),
                        none.noNewPrivs(),
                        none.maskedPaths(),
                        none.readonlyPaths(),
                        seccomp,
                        apparmor);
        return with(config, security);
    }

    static ContainerConfig with(ContainerConfig config, ContainerSecurity security) {
        return new ContainerConfig(
                config.metadata(),
                config.image(),
                config.command(),
                config.args(),
                config.workingDir(),
                config.envs(),
                config.mounts(),
                config.devices(),
                config.labels(),
                config.annotations(),
                config.logPath(),
                config.stdin(),
                config.stdinOnce(),
                config.tty(),
                config.resources(),
                security,
                config.cdiDevices(),
                config.stopSignal());
    }

    private static ContainerConfig copy(
            ContainerConfig config,
            String workingDir,
            List<ContainerMount> mounts,
            String logPath,
            LinuxResources resources) {
        return new ContainerConfig(
                config.metadata(),
                config.image(),
                config.command(),
                config.args(),
                workingDir,
                config.envs(),
                mounts,
                config.devices(),
                config.labels(),
                config.annotations(),
                logPath,
                config.stdin(),
                config.stdinOnce(),
                config.tty(),
                resources,
                config.security(),
                config.cdiDevices(),
                config.stopSignal());
    }
}
