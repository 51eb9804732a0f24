package io.gantry.runtime.pod;

/**
 * The process that supervises a pod; the start time tells it from a later one with the same pid.
 *
 * @param startTime in clock ticks since boot (proc(5), stat field 22)
 */
public record ShimProcess(int pid, long startTime) {}
