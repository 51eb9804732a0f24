package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A frame from a shim.
 *
 * @param payload little-endian, positioned at its start; reading consumes it
 */
record Frame(int type, int requestId, ByteBuffer payload) {

    /** Bytes before the payload. */
    static final int HEADER = 12;

    /** Bound of the length field. */
    static final int MAX_LENGTH = 4 << 20;

    /** Decodes with {@code reader}; a payload that is too short is a broken shim. */
    <T> T decode(Reader<T> reader) throws IOException {
        try {
            return reader.read(this);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException("malformed frame of type " + type + " from the shim", e);
        }
    }

    /** Reads a payload. */
    @FunctionalInterface
    interface Reader<T> {
        T read(Frame frame);
    }

    int u8() {
        return payload.get() & 0xff;
    }

    int i32() {
        return payload.getInt();
    }

    long i64() {
        return payload.getLong();
    }

    String str() {
        int length = payload.getInt();
        if (length < 0 || length > payload.remaining()) {
            throw new IllegalArgumentException("string of " + length + " bytes");
        }
        byte[] bytes = new byte[length];
        payload.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    byte[] rest() {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return bytes;
    }

    ProcessEntry entry() {
        String id = str();
        ProcessEntry.Kind kind = u8() == 1 ? ProcessEntry.Kind.CONTAINER : ProcessEntry.Kind.EXEC;
        String target = str();
        int pid = i32();
        ProcessEntry.State state =
                u8() == 1 ? ProcessEntry.State.RUNNING : ProcessEntry.State.EXITED;
        int code = i32();
        int signal = i32();
        Instant started = ExitRecord.instant(i64());
        long finished = i64();
        return new ProcessEntry(
                id,
                kind,
                target,
                pid,
                state,
                code,
                signal,
                started,
                finished == 0 ? Optional.empty() : Optional.of(ExitRecord.instant(finished)));
    }

    List<ProcessEntry> entries() {
        int count = i32();
        List<ProcessEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(entry());
        }
        return List.copyOf(entries);
    }
}
