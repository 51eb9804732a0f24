package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.runtime.spec.ContainerSpecs;

/**
 * What isolates: everything that needs the kernel or the shim, so that tests can stand in for it.
 *
 * @param release lets go of what was opened for it
 */
record Isolation(
        CgroupManager cgroups,
        SandboxMounts mounts,
        SandboxLauncher sandboxes,
        ProcessLauncher processes,
        ContainerSpecs specs,
        Shims.Connector connector,
        Runnable release) {}
