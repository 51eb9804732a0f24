package io.gantry.runtime.container;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.gantry.base.error.FailedPreconditionException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was last observed of a container. The transitions are pure; {@link ContainerState} draws
 * them.
 *
 * @param pid of the first process, in the host's pid namespace; 0 unless it runs
 * @param startedAt null before
 * @param finishedAt null before
 * @param exitCode 128 + signal when killed
 * @param reason one of the constants here; empty before the end
 * @param message for people; may be empty
 */
@JsonPropertyOrder(alphabetic = true)
public record ContainerStatus(
        ContainerState state,
        int pid,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        int exitCode,
        String reason,
        String message) {

    public static final String COMPLETED = "Completed";
    public static final String ERROR = "Error";
    public static final String OOM_KILLED = "OOMKilled";
    public static final String START_ERROR = "StartError";
    public static final String UNKNOWN = "Unknown";

    /** Exit code of a container that could not be started. */
    public static final int START_ERROR_CODE = 128;

    /** Exit code of a container whose end nobody saw. */
    public static final int UNKNOWN_CODE = 255;

    /** Before anything was made. */
    public static ContainerStatus creating() {
        return new ContainerStatus(ContainerState.CREATING, 0, null, null, 0, "", "");
    }

    /** Everything is there, nothing runs. */
    public ContainerStatus created() {
        require(ContainerState.CREATING, "made");
        return new ContainerStatus(ContainerState.CREATED, 0, null, null, 0, "", "");
    }

    /** The first process runs. */
    public ContainerStatus started(int process, Instant at) {
        require(ContainerState.CREATED, "started");
        return new ContainerStatus(ContainerState.RUNNING, process, at, null, 0, "", "");
    }

    /** It could not be started. */
    public ContainerStatus startFailed(Instant at, String why) {
        require(ContainerState.CREATED, "started");
        return new ContainerStatus(
                ContainerState.EXITED, 0, at, at, START_ERROR_CODE, START_ERROR, why);
    }

    /** The first process is gone. */
    public ContainerStatus exited(int code, Instant at, boolean oomKilled) {
        require(ContainerState.RUNNING, "ended");
        String why = oomKilled ? OOM_KILLED : code == 0 ? COMPLETED : ERROR;
        return new ContainerStatus(ContainerState.EXITED, 0, startedAt, at, code, why, "");
    }

    /** Its end was not seen: the machine or the shim went away. */
    public ContainerStatus lost(Instant at, String why) {
        if (state == ContainerState.EXITED) {
            return this;
        }
        return new ContainerStatus(
                ContainerState.EXITED, 0, startedAt, at, UNKNOWN_CODE, UNKNOWN, why);
    }

    private void require(ContainerState expected, String verb) {
        if (state != expected) {
            throw new FailedPreconditionException(
                    "container cannot be " + verb + " while it is " + state);
        }
    }
}
