package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.util.List;

/**
 * Has the shim of a pod start processes from specifications. Each method throws {@link
 * StartFailedException} with the step and its reason when the process could not be started, and
 * IOException when the shim does not answer.
 */
interface ProcessLauncher {

    /** Starts the first process of a container; its pid. */
    int start(Shim shim, PodSandbox pod, Container container, Bundle bundle) throws IOException;

    /** The same with a client attached from the first byte on. */
    ShimStream startAttached(
            Shim shim, PodSandbox pod, Container container, Bundle bundle, boolean stdin)
            throws IOException;

    /**
     * Starts a container of which there is no record, with a client attached from the first byte.
     *
     * @param files that it has besides its bundle
     */
    ShimStream task(Shim shim, ContainerId id, Bundle bundle, List<MemoryFile> files)
            throws IOException;

    /**
     * Starts a further process in a container that runs.
     *
     * @param id new to the shim
     * @param stdin whether its standard input is the stream's
     */
    ShimStream exec(
            Shim shim,
            Container container,
            Bundle bundle,
            String id,
            Process process,
            boolean stdin)
            throws IOException;
}
