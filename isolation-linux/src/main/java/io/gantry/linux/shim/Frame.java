package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    /** Bytes before the strings of a request. */
    static final int NUMBERS = 24;

    static final int MAGIC = 0x4d485347;
    static final int PROTOCOL_VERSION = 2;

    private static final int LENGTH_FIELD = 4;

    /** A frame whose payload is still to be put. */
    static ByteBuffer begin(int type, int requestId, int payload) {
        int length = HEADER - LENGTH_FIELD + payload;
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException("frame of " + length + " bytes is too long");
        }
        return ByteBuffer.allocate(LENGTH_FIELD + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .putShort((short) type)
                .putShort((short) 0)
                .putInt(requestId);
    }

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

    /** A string that ends with a NUL. */
    String str() {
        int start = payload.position();
        while (payload.get() != 0) {}
        byte[] bytes = new byte[payload.position() - 1 - start];
        payload.get(start, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A string that ends with the frame. */
    String text() {
        return new String(rest(), StandardCharsets.UTF_8);
    }

    byte[] rest() {
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        return bytes;
    }

    ProcessEntry entry() {
        Instant started = instant(i64());
        long finished = i64();
        int pid = i32();
        int code = i32();
        int signal = i32();
        ProcessEntry.Kind kind = ProcessEntry.Kind.of(u8());
        ProcessEntry.State state =
                u8() == 1 ? ProcessEntry.State.RUNNING : ProcessEntry.State.EXITED;
        payload.getShort();
        return new ProcessEntry(
                str(),
                kind,
                str(),
                pid,
                state,
                code,
                signal,
                started,
                finished == 0 ? Optional.empty() : Optional.of(instant(finished)));
    }

    private static Instant instant(long unixNanos) {
        return Instant.ofEpochSecond(0, unixNanos);
    }

    List<ProcessEntry> entries() {
        List<ProcessEntry> entries = new ArrayList<>();
        while (payload.hasRemaining()) {
            entries.add(entry());
        }
        return List.copyOf(entries);
    }
}
