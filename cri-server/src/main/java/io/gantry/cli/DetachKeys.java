package io.gantry.cli;

/** Finds Docker's detach sequence, Ctrl-P Ctrl-Q, in what is typed, across reads. */
final class DetachKeys {

    private static final byte CTRL_P = 0x10;
    private static final byte CTRL_Q = 0x11;

    private boolean armed;

    /** Where the sequence ends among the first {@code count} bytes, or −1. */
    int find(byte[] typed, int count) {
        for (int i = 0; i < count; i++) {
            if (armed && typed[i] == CTRL_Q) {
                return i;
            }
            armed = typed[i] == CTRL_P;
        }
        return -1;
    }
}
