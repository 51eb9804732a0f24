package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.runtime.task.TaskOutput;
import io.gantry.runtime.task.TaskRequest;
import io.gantry.runtime.task.TaskResult;

/** Runs commands that nobody remembers. Thread-safe. */
@FunctionalInterface
public interface TaskManager {

    /**
     * Runs a command and waits for its end. However the call ends, nothing of the command is left:
     * no process, no mount, no cgroup, no file. What a runtime that died left is swept when the
     * next one starts.
     *
     * @throws StartFailedException naming the step that failed and the reason
     * @throws io.gantry.base.error.UnavailableException when the pod's shim is gone
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over; the command is
     *     killed
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted; the command
     *     is killed
     */
    TaskResult run(TaskRequest request, TaskOutput output, Deadline deadline);
}
