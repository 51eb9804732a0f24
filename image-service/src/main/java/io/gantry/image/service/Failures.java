package io.gantry.image.service;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.syscall.NoSpace;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;

/** Gives failures of files and of the kernel their meaning. */
final class Failures {

    private Failures() {}

    /** The category of a failure that happened in the course of {@code what}. */
    static ServiceException of(String what, IOException failure) {
        String message = what + ": " + failure.getMessage();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ClosedByInterruptException) {
                return new CancelledException(what + " was interrupted", failure);
            }
        }
        if (NoSpace.causes(failure)) {
            return new ResourceExhaustedException(message, failure);
        }
        return new InternalException(message, failure);
    }

    /**
     * As {@link #of}, of work that fills a disk.
     *
     * @param root a directory of the file system that it fills, to be named when it is full
     */
    static ServiceException onDisk(Path root, String what, IOException failure) {
        ServiceException category = of(what, failure);
        return category instanceof ResourceExhaustedException full ? named(root, full) : category;
    }

    /** A failure for want of space with the file system that lacks it. */
    static ResourceExhaustedException named(Path root, ResourceExhaustedException full) {
        return new ResourceExhaustedException(
                "the file system of " + root + " is full: " + full.getMessage(), full);
    }
}
