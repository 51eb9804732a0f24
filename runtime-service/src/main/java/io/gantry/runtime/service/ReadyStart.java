package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;

/**
 * A container's start, compiled for its specification. Both starts throw {@link
 * StartFailedException} with the step and its reason when the process could not be started, and
 * IOException when the shim does not answer.
 */
interface ReadyStart {

    /** Whether the host is still as it was found when this was compiled. */
    boolean isCurrent();

    /** Starts the first process; its pid. */
    int start(Shim shim, PodSandbox pod) throws IOException;

    /**
     * The same with a client attached from the first byte on.
     *
     * @param stdin whether the standard input of a process that has one is the stream's
     */
    ShimStream startAttached(Shim shim, PodSandbox pod, boolean stdin) throws IOException;
}
