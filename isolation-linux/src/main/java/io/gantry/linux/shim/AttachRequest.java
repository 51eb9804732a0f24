package io.gantry.linux.shim;

/**
 * To be a stream of a process that runs.
 *
 * @param id of the process
 * @param stdin whether what is written is its standard input
 * @param output whether its output is wanted
 * @param pacing whether the process, and its log with it, waits for whoever reads that; else the
 *     stream ends once 8 MiB are left unread
 */
public record AttachRequest(String id, boolean stdin, boolean output, boolean pacing) {}
