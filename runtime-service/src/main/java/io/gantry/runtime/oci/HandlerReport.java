package io.gantry.runtime.oci;

/**
 * How a runtime handler is.
 *
 * @param problem why it cannot be used; empty when it can
 * @param features of one that can be used
 */
public record HandlerReport(OciHandler handler, String problem, HandlerFeatures features) {

    /** Whether pods can have it. */
    public boolean isUsable() {
        return problem.isEmpty();
    }
}
