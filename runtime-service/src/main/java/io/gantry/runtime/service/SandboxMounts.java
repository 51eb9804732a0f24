package io.gantry.runtime.service;

import io.gantry.runtime.bundle.Layout;
import java.io.IOException;

/** What shims mount in the host's mount namespace. */
interface SandboxMounts {

    /** Unmounts shared memory and pinned namespaces; what is not mounted is no error. */
    void unmountAll(Layout.Sandbox files) throws IOException;

    /** Unmounts the root file system and volumes that an OCI runtime was given, likewise. */
    void unmountRoot(Layout.ContainerFiles files) throws IOException;
}
