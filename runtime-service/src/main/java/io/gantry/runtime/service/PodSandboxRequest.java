package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.PodSysctls;
import io.gantry.runtime.pod.UserNamespaceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A request for a pod, checked, and the record of the pod that is to be made. */
record PodSandboxRequest(PodOwner owner, PodSandboxConfig config, String runtimeHandler) {

    private static final int SHORT_ID = 12;

    /** The last number stands for no id. */
    private static final long IDS = 0xffff_ffffL;

    void validate() {
        config.metadata().validate();
        UserNamespaceOptions userns = config.namespaces().userns();
        if (!runtimeHandler.isEmpty() && userns != null && userns.mode() != NamespaceMode.NODE) {
            throw new UnimplementedException(
                    "user namespaces are not supported with runtime handler \""
                            + runtimeHandler
                            + "\"");
        }
        if (config.security().runAsGroup() != null && config.security().runAsUser() == null) {
            throw new InvalidArgumentException("run_as_group is set without run_as_user");
        }
        validate(config.namespaces());
        PodSysctls _ = PodSysctls.of(config.sysctls(), config.namespaces());
    }

    private static void validate(NamespaceOptions namespaces) {
        requireShared("network", namespaces.network());
        requireShared("ipc", namespaces.ipc());
        if (namespaces.pid() == NamespaceMode.TARGET) {
            throw new InvalidArgumentException(
                    "a pod sandbox cannot have pid namespace mode TARGET");
        }
        UserNamespaceOptions userns = namespaces.userns();
        if (userns != null) {
            requireShared("user", userns.mode());
            if (userns.mode() == NamespaceMode.POD) {
                requireOneRange("uids", userns.uids());
                requireOneRange("gids", userns.gids());
            }
        }
    }

    private static void requireOneRange(String kind, List<IdMapping> ranges) {
        String found = IdMappings.lines(ranges).strip().replace("\n", ", ");
        if (ranges.size() != 1 || ranges.getFirst().containerId() != 0) {
            throw new InvalidArgumentException(
                    kind
                            + " of the user namespace are \""
                            + found
                            + "\": one range that maps id 0 is needed");
        }
        IdMapping range = ranges.getFirst();
        if (range.size() < 1 || range.hostId() < 0 || range.hostId() + range.size() > IDS) {
            throw new InvalidArgumentException(
                    kind
                            + " of the user namespace are \""
                            + found
                            + "\": the host has 0 to "
                            + (IDS - 1));
        }
    }

    private static void requireShared(String kind, NamespaceMode mode) {
        if (mode != NamespaceMode.POD && mode != NamespaceMode.NODE) {
            throw new InvalidArgumentException(
                    kind + " namespace mode " + mode + " is neither POD nor NODE");
        }
    }

    /** The record of the pod, nothing of which is made yet. */
    PodSandbox toSandbox(CgroupNames cgroups, Clock clock) {
        PodSandboxId id = PodSandboxId.random();
        return new PodSandbox(
                id,
                owner,
                runtimeHandler,
                config,
                hostname(id),
                cgroup(cgroups, id),
                clock.now(),
                PodSandboxStatus.creating());
    }

    private String hostname(PodSandboxId id) {
        if (config.namespaces().hostNetwork()) {
            return hostName();
        }
        return config.hostname().isEmpty() ? id.value().substring(0, SHORT_ID) : config.hostname();
    }

    /** A pod with the host's network has the host's name, too. */
    private static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            throw new InternalException("read the host name: " + e.getMessage(), e);
        }
    }

    private String cgroup(CgroupNames cgroups, PodSandboxId id) {
        return config.cgroupParent().isEmpty()
                ? cgroups.of(id.value()).value()
                : cgroups.in(config.cgroupParent(), id.value()).value();
    }
}
