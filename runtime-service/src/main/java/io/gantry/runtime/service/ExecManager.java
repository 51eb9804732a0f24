package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.exec.ProcessStream;
import java.time.Duration;
import java.util.List;

/**
 * Commands in running containers. Thread-safe. An id may be a prefix that fits one container only.
 * Each verb throws NotFoundException for an unknown container and FailedPreconditionException for
 * one that does not run.
 */
public interface ExecManager {

    /**
     * Runs a command and waits for its end; what it leaves running in the background is not waited
     * for.
     *
     * @param timeout zero: none; when it comes, the command is killed with all that it started
     * @throws io.gantry.base.error.DeadlineExceededException when {@code timeout} came first
     * @throws StartFailedException when it could not be started
     */
    ExecResult execSync(
            String container, List<String> command, Duration timeout, Deadline deadline);

    /**
     * Runs a command with streams; the caller closes them.
     *
     * @throws StartFailedException when it could not be started
     */
    ProcessStream exec(ExecRequest request);

    /**
     * Streams to and from what the container runs anyway; the caller closes them. A container of
     * the CRI never waits for who reads them: it has a log that others wait for. One of Gantry's
     * own does, and loses nothing.
     *
     * @param stdin whether the client sends input; without effect when the container has none
     * @param output whether it wants output
     */
    ProcessStream attach(String container, boolean stdin, boolean output);

    /**
     * Leaves commands running whose clients go away from now on: the daemon is going, and takes the
     * clients' connections along.
     */
    void leave();

    /** The commands that run in a container now; none in one that does not run itself. */
    List<ExecInfo> list(String container);
}
