package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/**
 * A failure with a meaning that the caller can act on.
 *
 * <p>Messages are lower case, carry the id, path or value they are about, and have no final period.
 */
public abstract sealed class ServiceException extends RuntimeException
        permits AlreadyExistsException,
                CancelledException,
                DataLossException,
                DeadlineExceededException,
                FailedPreconditionException,
                InternalException,
                InvalidArgumentException,
                NotFoundException,
                PermissionDeniedException,
                ResourceExhaustedException,
                UnavailableException,
                UnimplementedException,
                UnknownException {

    private static final long serialVersionUID = 1L;

    ServiceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
