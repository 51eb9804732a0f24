package io.gantry.runtime.service;

import io.gantry.base.error.InternalException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.syscall.NoSpace;
import java.io.IOException;

/** Gives failures of files and of the kernel their meaning. */
final class Failures {

    private Failures() {}

    /** The category of a failure of {@code what}: a file system may be full. */
    static ServiceException of(String what, IOException failure) {
        String message = what + ": " + failure.getMessage();
        return NoSpace.causes(failure)
                ? new ResourceExhaustedException(message, failure)
                : new InternalException(message, failure);
    }
}
