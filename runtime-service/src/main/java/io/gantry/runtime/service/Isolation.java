package io.gantry.runtime.service;

/**
 * What isolates: everything that needs the kernel or the shim, so that tests can stand in for it.
 */
record Isolation(
        Cgroups cgroups,
        SandboxMounts mounts,
        SandboxLauncher sandboxes,
        ProcessLauncher processes,
        SpecSource specs,
        Shims.Connector connector) {}
