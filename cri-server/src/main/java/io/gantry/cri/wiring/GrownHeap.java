package io.gantry.cri.wiring;

/**
 * The heap after a burst of work. The serial collector gives memory back when it collects all
 * garbage and only then, which a daemon that is idle again would not come to for days.
 */
final class GrownHeap {

    /** What the daemon has at rest; to collect below it would gain nothing. */
    private static final long AT_REST = 32L << 20;

    private GrownHeap() {}

    /** Gives back what is not needed; stops the daemon for some 30 ms if there is anything. */
    static void shrink() {
        Runtime jvm = Runtime.getRuntime();
        if (jvm.totalMemory() > AT_REST) {
            jvm.gc();
        }
    }
}
