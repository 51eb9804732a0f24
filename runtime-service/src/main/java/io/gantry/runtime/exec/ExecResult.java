package io.gantry.runtime.exec;

/**
 * What a command left.
 *
 * @param exitCode 128 + signal when killed
 * @param stdout what it wrote, up to 16 MiB; the array is the caller's
 * @param stderr as stdout
 */
@SuppressWarnings("ArrayRecordComponent") // passed on once to the wire, never compared
public record ExecResult(int exitCode, byte[] stdout, byte[] stderr) {}
