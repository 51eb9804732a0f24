package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/** Has the shim of a pod start processes of every kind. */
interface ProcessLauncher extends ContainerLauncher {

    /**
     * Starts a container of which there is no record, with a client attached from the first byte.
     *
     * @param files that it has besides its bundle
     */
    ShimStream task(Shim shim, ContainerId id, Bundle bundle, List<MemoryFile> files)
            throws IOException;

    /**
     * Starts a process that connects from the pod's network namespace and waits to be killed, its
     * socket at {@link io.gantry.linux.launch.LaunchCompiler#DIALLED}.
     *
     * @param id new to the shim
     * @return its pid
     * @throws StartFailedException with the reason when nobody takes the connection
     */
    int dial(Shim shim, String id, InetAddress address, int port) throws IOException;
}
