package io.gantry.cli;

import io.grpc.Status;
import java.io.FileNotFoundException;
import java.util.Locale;
import java.util.Objects;

/** Says in one line what went wrong, and what to look at where the user can mend it. */
final class Failures {

    private static final String NOT_RUNNING =
            "; is gantryd running? Start it as root, or name its socket with --host";

    private Failures() {}

    /**
     * What a failed call means.
     *
     * @param address where the daemon was looked for
     */
    static String explain(Status status, String address) {
        Throwable cause = status.getCause();
        if (status.getCode() == Status.Code.UNAVAILABLE && cause != null) {
            return unreachable(cause, address);
        }
        String description = status.getDescription();
        if (description == null || description.isEmpty()) {
            return status.getCode().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
        return switch (status.getCode()) {
            // Of a registry too, which the daemon then names.
            case UNAVAILABLE ->
                    description.contains("closed") && !description.contains("registry")
                            ? description + "; is gantryd still running?"
                            : oneLine(description);
            case UNIMPLEMENTED -> description + " (the daemon cannot do this)";
            default -> oneLine(description);
        };
    }

    static String explain(Throwable failure) {
        return oneLine(text(failure));
    }

    /** The message of a failure, or its name where it has none. */
    static String text(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
    }

    private static String unreachable(Throwable cause, String address) {
        String where = "cannot reach the daemon at " + address + ": ";
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof FileNotFoundException) {
                return where + "no such socket" + NOT_RUNNING;
            }
            if (text(each).contains("Connection refused")) {
                return where + "connection refused" + NOT_RUNNING;
            }
            if (text(each).contains("Permission denied")) {
                return where + "permission denied; run gantry as root";
            }
        }
        return where + oneLine(text(cause));
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ').strip();
    }
}
