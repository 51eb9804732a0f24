package io.gantry.runtime.service;

import io.gantry.runtime.bundle.Layout;
import java.io.IOException;

/** What a pod's shim mounts in the host's mount namespace. */
@FunctionalInterface
interface SandboxMounts {

    /** Unmounts shared memory and pinned namespaces; what is not mounted is no error. */
    void unmountAll(Layout.Sandbox files) throws IOException;
}
