package io.gantry.image.pulls;

/** Is told of every pull that has ended, before those who follow it are. */
@FunctionalInterface
public interface PullTally {

    /** Tells nobody. */
    PullTally NONE = (result, bytes, nanos) -> {};

    /** What became of a pull. */
    enum Result {
        /** The reference names another image than before, or one for the first time. */
        PULLED,
        /** It names the image that it did before. */
        UP_TO_DATE,
        FAILED,
        /** Nobody waited for it any more. */
        CANCELLED
    }

    /**
     * One has ended.
     *
     * @param bytes of layers that were received for it, as packed
     * @param nanos that it took
     */
    void ended(Result result, long bytes, long nanos);
}
