package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.LinuxResources;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What can be done with containers. Thread-safe. Every id may be a prefix that fits one only; one
 * that fits several is an InvalidArgumentException. Lists and {@link #get} never wait.
 */
public interface ContainerManager {

    /**
     * Makes a container in a pod that is ready. The same request again returns the same id.
     *
     * @throws io.gantry.base.error.NotFoundException when the pod is unknown or the image not here
     * @throws io.gantry.base.error.FailedPreconditionException when the pod is not ready
     * @throws io.gantry.base.error.AlreadyExistsException when another request holds the name
     */
    ContainerId create(String podSandboxId, ContainerConfig config, Deadline deadline);

    /**
     * Starts a container that was created and never started.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     * @throws io.gantry.base.error.FailedPreconditionException when it was started before
     * @throws StartFailedException when it could not be started, saying which step failed and why;
     *     the container has exited with StartError then
     */
    void start(String id, Deadline deadline);

    /**
     * As {@link #start}, with a client attached from the first byte of output on; the caller closes
     * the stream.
     *
     * @param stdin whether the client sends input; without effect when the container has none
     * @param size of its terminal from its first moment on, if it has one; empty: none
     */
    ProcessStream startAttached(
            String id, boolean stdin, Optional<WindowSize> size, Deadline deadline);

    /**
     * Sends one signal to the first process.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     * @throws io.gantry.base.error.FailedPreconditionException when it does not run
     */
    void kill(String id, Signal signal, Deadline deadline);

    /**
     * Asks a container to end, kills it after {@code timeout} (zero: at once) and waits until it is
     * gone; unknown or not running is success.
     */
    void stop(String id, Duration timeout, Deadline deadline);

    /** Removes it, killed if it runs; unknown is success. */
    void remove(String id, Deadline deadline);

    /**
     * Changes its limits; those that are not given stay.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     * @throws io.gantry.base.error.FailedPreconditionException when it has exited
     */
    void updateResources(String id, LinuxResources resources, Deadline deadline);

    /**
     * Opens its log anew after a rotation; nothing is created when it does not run.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     * @throws io.gantry.base.error.FailedPreconditionException when it does not run
     */
    void reopenLog(String id, Deadline deadline);

    /**
     * Waits until it has exited.
     *
     * @return how it ended
     * @throws io.gantry.base.error.NotFoundException when there is none, or it was removed
     *     meanwhile
     */
    Container awaitExit(String id, Deadline deadline);

    /**
     * What is known of a container.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     */
    Container get(String id);

    /** Those that match, oldest first. */
    List<Container> list(ContainerFilter filter);
}
