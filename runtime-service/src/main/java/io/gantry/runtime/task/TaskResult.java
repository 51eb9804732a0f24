package io.gantry.runtime.task;

/**
 * How a task ended.
 *
 * @param exitCode 128 and the number of the signal when one ended it
 * @param oomKilled whether the kernel killed one of its processes for want of memory
 */
public record TaskResult(int exitCode, boolean oomKilled) {}
