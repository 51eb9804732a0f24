package io.gantry.runtime.service;

import io.gantry.base.error.InternalException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.shim.ShimGoneException;
import io.gantry.linux.syscall.NoSpace;
import io.gantry.runtime.cni.CniException;
import java.io.IOException;

/** Gives failures of files and of the kernel their meaning. */
final class Failures {

    private Failures() {}

    /** The category of a failure of {@code what}: a file system may be full. */
    static ServiceException of(String what, IOException failure) {
        String message = what + ": " + failure.getMessage();
        if (failure instanceof CniException || failure instanceof ShimGoneException) {
            // Neither the request's fault nor the daemon's: it may succeed when it is asked again.
            return new UnavailableException(message, failure);
        }
        return NoSpace.causes(failure)
                ? new ResourceExhaustedException(message, failure)
                : new InternalException(message, failure);
    }
}
