package io.gantry.cri.grpc;

import io.gantry.base.Ids;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.base.error.UnknownException;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** The one place where failures become gRPC statuses. The cause goes along, for the log only. */
final class GrpcStatusMapper {

    private static final int ERROR_ID_DIGITS = 12;

    /** In characters, of which a header has up to nine bytes each, percent-encoded. */
    private static final int MAX_DESCRIPTION = 800;

    private GrpcStatusMapper() {}

    /** The status of a call that ended with {@code failure}. */
    static Status toStatus(Throwable failure) {
        return switch (failure) {
            case ServiceException known ->
                    code(known).withDescription(bounded(known.getMessage())).withCause(known);
            case InterruptedException interrupted ->
                    Status.CANCELLED
                            .withDescription("the call was given up")
                            .withCause(interrupted);
            default -> unexpected(failure);
        };
    }

    /**
     * A description travels in a header, and clients take 8 KiB of headers: one that names a value
     * at length would reach them as a broken connection.
     */
    private static @Nullable String bounded(@Nullable String message) {
        return message == null || message.length() <= MAX_DESCRIPTION
                ? message
                : message.substring(0, MAX_DESCRIPTION) + "… (" + message.length() + " characters)";
    }

    private static Status code(ServiceException failure) {
        return switch (failure) {
            case AlreadyExistsException _ -> Status.ALREADY_EXISTS;
            case CancelledException _ -> Status.CANCELLED;
            case DataLossException _ -> Status.DATA_LOSS;
            case DeadlineExceededException _ -> Status.DEADLINE_EXCEEDED;
            case FailedPreconditionException _ -> Status.FAILED_PRECONDITION;
            case InternalException _ -> Status.INTERNAL;
            case InvalidArgumentException _ -> Status.INVALID_ARGUMENT;
            case NotFoundException _ -> Status.NOT_FOUND;
            case PermissionDeniedException _ -> Status.PERMISSION_DENIED;
            case ResourceExhaustedException _ -> Status.RESOURCE_EXHAUSTED;
            case UnavailableException _ -> Status.UNAVAILABLE;
            case UnimplementedException _ -> Status.UNIMPLEMENTED;
            case UnknownException _ -> Status.UNKNOWN;
        };
    }

    /** What nobody foresaw may say more than a client should see, so it gets an id to look up. */
    private static Status unexpected(Throwable failure) {
        String errorId = Ids.random().substring(0, ERROR_ID_DIGITS);
        return Status.INTERNAL
                .withDescription("internal error " + errorId + ": the daemon's log says more")
                .withCause(failure);
    }
}
