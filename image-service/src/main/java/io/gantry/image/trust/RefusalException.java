package io.gantry.image.trust;

/** Why one signature does not count; another still may. */
final class RefusalException extends Exception {

    private static final long serialVersionUID = 1L;

    RefusalException(String reason) {
        super(reason);
    }

    RefusalException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
