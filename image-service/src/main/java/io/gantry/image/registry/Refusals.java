package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.base.error.UnknownException;

/** Gives refusals of a registry their meaning. */
@FunctionalInterface
interface Refusals {

    /** Of requests that only read: what is not there is simply not there. */
    Refusals OF_PULLS =
            (host, subject, said) ->
                    said.status() == 404
                            ? new NotFoundException(subject + " not found in registry " + host)
                            : general(host, subject, said);

    /** Of requests that change something: always in the registry's own words. */
    Refusals OF_PUSHES =
            (host, subject, said) -> {
                String message = message(host, subject, said);
                if (said.has("UNSUPPORTED") || said.status() == 405 || said.status() == 501) {
                    return new UnimplementedException(message);
                }
                return switch (said.status()) {
                    case 404 -> new NotFoundException(message);
                    case 413, 507 -> new ResourceExhaustedException(message);
                    case 400 -> malformed(message, said);
                    case 409, 412 -> new FailedPreconditionException(message);
                    default -> general(host, subject, said);
                };
            };

    /** The failure that an answer other than a success stands for. */
    ServiceException of(String host, String subject, ErrorBody.Said said);

    private static ServiceException malformed(String message, ErrorBody.Said said) {
        if (said.has("DIGEST_INVALID") || said.has("SIZE_INVALID")) {
            return new DataLossException(message);
        }
        return said.has("MANIFEST_BLOB_UNKNOWN") || said.has("BLOB_UNKNOWN")
                ? new FailedPreconditionException(message)
                : new InvalidArgumentException(message);
    }

    private static ServiceException general(String host, String subject, ErrorBody.Said said) {
        if (said.status() == 401 || said.status() == 403) {
            return new PermissionDeniedException(
                    "registry " + host + " denied access to " + subject + " with " + said.text());
        }
        String message = message(host, subject, said);
        return RegistryCaller.mayPass(said.status())
                ? new RegistryUnavailableException(message, null)
                : new UnknownException(message);
    }

    private static String message(String host, String subject, ErrorBody.Said said) {
        return "registry " + host + " answered for " + subject + " with " + said.text();
    }
}
