package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.runtime.oci.OciRuntime;
import io.gantry.runtime.spec.ContainerSpecs;

/**
 * What isolates: everything that needs the kernel or the shim, so that tests can stand in for it.
 *
 * @param processes natively
 * @param oci by OCI runtimes
 * @param runtimes those calls of them that start no process
 * @param release lets go of what was opened for it
 */
record Isolation(
        CgroupManager cgroups,
        SandboxMounts mounts,
        SandboxLauncher sandboxes,
        ProcessLauncher processes,
        ContainerLauncher oci,
        OciRuntime runtimes,
        ContainerSpecs specs,
        Shims.Connector connector,
        Runnable release) {}
