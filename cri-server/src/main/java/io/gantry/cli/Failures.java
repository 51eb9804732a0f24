package io.gantry.cli;

import io.grpc.Status;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Says in one line what went wrong, and what to look at where the user can mend it. */
final class Failures {

    private Failures() {}

    static String explain(Status status) {
        Throwable cause = status.getCause();
        if (status.getCode() == Status.Code.UNAVAILABLE && cause != null) {
            return unreachable(rootOf(cause));
        }
        String description = status.getDescription();
        if (description == null || description.isEmpty()) {
            return status.getCode().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
        return switch (status.getCode()) {
            case UNAVAILABLE -> description + "; is gantryd still running?";
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

    private static String unreachable(Throwable cause) {
        String message = text(cause);
        if (message.contains("Permission denied")) {
            return "cannot reach the daemon: permission denied on its socket; run gantry as root";
        }
        if (message.contains("No such file") || message.contains("Connection refused")) {
            return "cannot reach the daemon: "
                    + oneLine(message)
                    + "; is gantryd running? Start it as root, or name its socket with --host";
        }
        return "cannot reach the daemon: " + oneLine(message);
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable root = failure;
        @Nullable Throwable next = root.getCause();
        // Netty keeps the readable text on the outermost of the pair, with the path in it.
        while (next != null && !text(root).contains("/")) {
            root = next;
            next = root.getCause();
        }
        return root;
    }

    private static String oneLine(String text) {
        return text.replace('\n', ' ').strip();
    }
}
