package io.gantry.image.build.api;

import io.gantry.base.Deadline;

/** Executes the commands of builds, each confined as a container is. Thread-safe. */
public interface StepRunner {

    /**
     * Executes a command and waits for its end. When the call returns, however it does, no process
     * of the step is left, nothing is mounted and no byte of output is on its way.
     *
     * <p>The root file system is given as what to mount on {@code /}; the runner mounts it in the
     * step's own mount namespace, with {@code /proc}, {@code /sys} and {@code /dev} as containers
     * have them, and {@code /etc/hosts}, {@code /etc/resolv.conf} and {@code /etc/hostname} bound
     * over the files of these names. All mount points are there already, but for those below {@code
     * /dev}, which the runner makes: that is a file system of the step's own.
     *
     * @param output is told from one thread at a time
     * @return the exit status; 128 and the number of the signal when one ended it
     * @throws io.gantry.base.error.FailedPreconditionException when the command cannot be started:
     *     it is not there or not executable
     * @throws io.gantry.base.error.ResourceExhaustedException when the kernel killed it for want of
     *     memory
     * @throws io.gantry.base.error.UnimplementedException when the node lacks what the step asks
     *     for
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted
     */
    int run(Step step, StepOutput output, Deadline deadline);

    /**
     * Lets go of what is kept for further steps of a build; there are no more of them.
     *
     * @param build {@link Step#build}
     */
    void finish(String build);

    /** Takes what a step writes. */
    @FunctionalInterface
    interface StepOutput {

        /**
         * Takes a piece, at once: the array is used again.
         *
         * @param error whether it came by stderr
         */
        void write(boolean error, byte[] bytes, int offset, int length);
    }
}
