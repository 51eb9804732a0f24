package io.gantry.runtime.container;

import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which containers to list; all conditions hold together.
 *
 * @param owner of the pod; null: any
 * @param id prefix of the id; empty: any
 * @param podSandboxId prefix of the pod's id; empty: any
 * @param state null: any
 * @param labelSelector labels that must be there with exactly these values
 */
public record ContainerFilter(
        @Nullable PodOwner owner,
        String id,
        String podSandboxId,
        @Nullable ContainerState state,
        Map<String, String> labelSelector) {

    public ContainerFilter {
        labelSelector = Map.copyOf(labelSelector);
    }

    /** All in pods of one owner; null: of anybody. */
    public static ContainerFilter of(@Nullable PodOwner owner) {
        return new ContainerFilter(owner, "", "", null, Map.of());
    }

    /** All in one pod. */
    public static ContainerFilter in(PodSandboxId pod) {
        return new ContainerFilter(null, "", pod.value(), null, Map.of());
    }

    /** Whether a container is among them; the owner of its pod is for the caller to check. */
    public boolean matches(Container container) {
        return container.id().value().startsWith(id)
                && container.podSandboxId().value().startsWith(podSandboxId)
                && (state == null || state == container.state())
                && container.config().labels().entrySet().containsAll(labelSelector.entrySet());
    }
}
