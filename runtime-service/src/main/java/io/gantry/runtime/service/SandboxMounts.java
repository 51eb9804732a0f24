package io.gantry.runtime.service;

import io.gantry.runtime.bundle.Layout;
import java.io.IOException;

/** What is mounted in the host's mount namespace for a pod. */
interface SandboxMounts {

    /** Mounts the shared memory of a pod. */
    void mountShm(Layout.Sandbox files) throws IOException;

    /** Unmounts it and the pinned namespaces; what is not mounted is no error. */
    void unmountAll(Layout.Sandbox files) throws IOException;
}
