package io.gantry.linux.syscall;

import java.io.IOException;

/**
 * A system call that failed. The message reads {@code mount overlay on /run/x/rootfs: EINVAL
 * (Invalid argument)}.
 */
public final class ErrnoException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String op;
    private final int number;

    /**
     * A failure.
     *
     * @param op the call's C name
     * @param args what it was about; may be empty
     * @param number errno
     */
    public ErrnoException(String op, String args, int number) {
        super((args.isEmpty() ? op : op + " " + args) + ": " + Errno.describe(number));
        this.op = op;
        this.number = number;
    }

    /** The call's C name. */
    public String op() {
        return op;
    }

    public Errno errno() {
        return Errno.of(number);
    }

    /** The number, also where {@link #errno()} is {@link Errno#UNKNOWN}. */
    public int number() {
        return number;
    }

    /** Whether the errno is {@code wanted}. */
    public boolean is(Errno wanted) {
        return errno() == wanted;
    }
}
