package io.gantry.image.trust;

import io.gantry.base.error.PermissionDeniedException;

/** An image may not come here, by the policy for signatures. */
public final class SignatureRefusedException extends PermissionDeniedException {

    private static final long serialVersionUID = 1L;

    public SignatureRefusedException(String message) {
        super(message);
    }
}
