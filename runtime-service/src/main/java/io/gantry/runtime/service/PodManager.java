package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can be done with pods. Thread-safe. Every {@code id} may be a prefix that fits one pod only;
 * one that fits several is an InvalidArgumentException. Lists and {@link #get} never wait.
 */
public interface PodManager {

    /**
     * Makes a pod and waits until it is ready. The same request again returns the same id.
     *
     * @param runtimeHandler empty: the default
     * @throws io.gantry.base.error.AlreadyExistsException when another request holds the name
     * @throws io.gantry.base.error.InvalidArgumentException when the handler is unknown, naming it
     */
    PodSandboxId run(
            PodOwner owner, PodSandboxConfig config, String runtimeHandler, Deadline deadline);

    /** Kills what runs in it and gives its addresses back; unknown or stopped is success. */
    void stop(String id, Deadline deadline);

    /**
     * Notes down what the pod as a whole may use, for whoever asks for its status. Nothing is
     * limited by it: a kubelet calls when it has limited the group that the pod's groups are in,
     * and its numbers here are others. They lack the overhead and are sums over those containers
     * that have a limit, so that they would be too low where one has none.
     *
     * @param overhead of the pod beyond its containers; null: as it was
     * @param resources sums over the containers; null: as they were
     * @throws io.gantry.base.error.FailedPreconditionException when the pod is not ready
     */
    void updateResources(
            String id,
            @Nullable LinuxResources overhead,
            @Nullable LinuxResources resources,
            Deadline deadline);

    /** Stops it, then removes it with its containers; unknown is success. */
    void remove(String id, Deadline deadline);

    /**
     * What is known of a pod.
     *
     * @throws io.gantry.base.error.NotFoundException when there is none
     */
    PodSandbox get(String id);

    /**
     * A pod by its whole id, also one that is only being made: its control group can be seen by
     * then.
     */
    Optional<PodSandbox> find(String id);

    /** Those that match, oldest first. */
    List<PodSandbox> list(PodSandboxFilter filter);
}
