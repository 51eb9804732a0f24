package io.gantry.runtime.pod;

import io.gantry.base.error.InvalidArgumentException;

/** What a client calls a pod; unique as a whole. */
public record PodSandboxMetadata(String name, String uid, String namespace, int attempt) {

    /** The name that is reserved: {@code name_namespace_uid_attempt}. */
    public String uniqueName() {
        return name + "_" + namespace + "_" + uid + "_" + Integer.toUnsignedString(attempt);
    }

    /**
     * Checks that a pod can be told from others by it.
     *
     * @throws InvalidArgumentException when name, namespace or uid is empty
     */
    public void validate() {
        if (name.isEmpty() || namespace.isEmpty() || uid.isEmpty()) {
            throw new InvalidArgumentException(
                    "pod sandbox metadata needs name, namespace and uid, got " + this);
        }
    }
}
