package io.gantry.cri.streaming.session;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/**
 * How a session ended, as the error stream tells it: a Status of Kubernetes' meta/v1 in JSON from
 * version 4 of the protocol on, a sentence before, and nothing at all for success.
 */
public sealed interface ExitStatus {

    /** Everything went well. */
    record Success() implements ExitStatus {}

    /** The command ended with a code other than 0. */
    record NonZero(int code) implements ExitStatus {}

    /** It could not be done. */
    record Failure(String reason) implements ExitStatus {}

    /** The status of a command. */
    static ExitStatus of(int code) {
        return code == 0 ? new Success() : new NonZero(code);
    }

    /** What is written to the error stream. */
    default byte[] encode(boolean json) {
        return (json ? json() : text()).getBytes(StandardCharsets.UTF_8);
    }

    private String text() {
        return switch (this) {
            case Success _ -> "";
            case NonZero(int code) -> nonZero(code);
            case Failure(String reason) -> internal(reason);
        };
    }

    private String json() {
        return switch (this) {
            case Success _ -> "{\"metadata\":{},\"status\":\"Success\"}";
            case NonZero(int code) ->
                    """
                    {"metadata":{},"status":"Failure","message":%s,"reason":"NonZeroExitCode",\
                    "details":{"causes":[{"reason":"ExitCode","message":"%d"}]}}\
                    """
                            .formatted(quoted(nonZero(code)), code);
            case Failure(String reason) ->
                    """
                    {"metadata":{},"status":"Failure","message":%s,"reason":"InternalError",\
                    "details":{"causes":[{"message":%s}]},"code":500}\
                    """
                            .formatted(quoted(internal(reason)), quoted(reason));
        };
    }

    private static String nonZero(int code) {
        return "command terminated with non-zero exit code: exit code " + code;
    }

    private static String internal(String reason) {
        return "Internal error occurred: " + reason;
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
