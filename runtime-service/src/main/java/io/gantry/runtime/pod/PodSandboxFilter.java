package io.gantry.runtime.pod;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which sandboxes to list; all conditions hold together.
 *
 * @param owner null: any
 * @param id prefix of the id; empty: any
 * @param state null: any
 * @param labelSelector labels that must be there with exactly these values
 */
public record PodSandboxFilter(
        @Nullable PodOwner owner,
        String id,
        @Nullable PodSandboxState state,
        Map<String, String> labelSelector) {

    public PodSandboxFilter {
        labelSelector = Map.copyOf(labelSelector);
    }

    /** All of one owner; null: of anybody. */
    public static PodSandboxFilter of(@Nullable PodOwner owner) {
        return new PodSandboxFilter(owner, "", null, Map.of());
    }

    /** Whether a sandbox is among them. */
    public boolean matches(PodSandbox pod) {
        return (owner == null || owner == pod.owner())
                && pod.id().value().startsWith(id)
                && (state == null || state == pod.state())
                && pod.config().labels().entrySet().containsAll(labelSelector.entrySet());
    }
}
