package io.gantry.linux.shim;

import java.io.IOException;

/** The shim refused a request; the connection is still good. */
public class ShimException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String id;
    private final int errno;

    public ShimException(String id, int errno, String message) {
        super(message);
        this.id = id;
        this.errno = errno;
    }

    /** The process that the request was about; empty when none. */
    public String id() {
        return id;
    }

    /** As in errno(3): ESRCH for an unknown id, EBUSY, EEXIST, … */
    public int errno() {
        return errno;
    }
}
