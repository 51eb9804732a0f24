package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;

/** Has the shim of a pod start containers, and commands in them, from specifications. */
interface ContainerLauncher {

    /**
     * Checks that what a specification asks for can be had.
     *
     * @throws io.gantry.base.error.ServiceException when it cannot
     */
    default void require(PodSandbox pod, Spec spec) throws IOException {}

    /** Whether the cgroup of a container is made with it, and is nobody else's to make. */
    default boolean makesCgroup(Container container) {
        return false;
    }

    /** Makes the first process of a container ready to be started. */
    ReadyStart ready(Container container, Bundle bundle);

    /**
     * Starts a further process in a container that runs.
     *
     * @param id new to the shim
     * @param stdin whether its standard input is the stream's
     * @throws StartFailedException with the step and its reason when it could not be started
     * @throws IOException when the shim does not answer
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
