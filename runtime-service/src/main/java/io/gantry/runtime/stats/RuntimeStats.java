package io.gantry.runtime.stats;

import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodSandboxFilter;
import java.util.List;

/**
 * What pods and containers use. Thread-safe. What ends while it is looked at is left out of lists.
 */
public interface RuntimeStats {

    /**
     * Of one container, running or not.
     *
     * @param id whole, or a prefix that fits one only
     * @throws io.gantry.base.error.NotFoundException when there is none
     */
    ContainerUse container(String id);

    /** Of those that match, running or not, oldest first. */
    List<ContainerUse> containers(ContainerFilter filter);

    /**
     * Of one pod.
     *
     * @param id whole, or a prefix that fits one only
     * @throws io.gantry.base.error.NotFoundException when there is none
     * @throws io.gantry.base.error.UnavailableException when it is not ready
     */
    PodUse pod(String id);

    /** Of those that match and are ready, oldest first. */
    List<PodUse> pods(PodSandboxFilter filter);

    /** The same with everything that can be told of their containers, which takes longer. */
    List<PodDetails> details(PodSandboxFilter filter);
}
