package io.gantry.linux.shim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Builds one frame. */
final class FrameWriter {

    static final int HELLO_MAGIC = 0x4d485347;
    static final int PROTOCOL_VERSION = 1;

    private static final int IO_STDIN = 1;
    private static final int IO_TERMINAL = 2;
    private static final int IO_CLOSE_STDIN = 4;
    private static final int IO_STREAM = 8;
    private static final int IO_STREAM_FEEDS_STDIN = 16;

    private ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    private FrameWriter(int type, int requestId) {
        buffer.putInt(0).putShort((short) type).putShort((short) 0).putInt(requestId);
    }

    /** A frame without payload. */
    static FrameWriter frame(int type, int requestId) {
        return new FrameWriter(type, requestId);
    }

    static FrameWriter hello(int requestId) {
        return frame(FrameType.HELLO, requestId).u32(HELLO_MAGIC).u32(PROTOCOL_VERSION);
    }

    static FrameWriter start(int requestId, StartRequest request, boolean stream) {
        StartRequest.Placement placement = request.placement();
        StartRequest.StandardIo io = request.io();
        return frame(FrameType.START, requestId)
                .str(request.id())
                .u8(placement.kind() == ProcessEntry.Kind.CONTAINER ? 1 : 2)
                .str(placement.target())
                .u8(placement.pidNamespace().number())
                .u64(placement.cloneFlags())
                .str(path(placement.cgroup()))
                .u32(ioFlags(io, stream))
                .u16(io.rows())
                .u16(io.columns())
                .str(path(request.files().log()))
                .str(path(request.files().exitRecord()))
                .bytes(request.program());
    }

    private static int ioFlags(StartRequest.StandardIo io, boolean stream) {
        return (io.stdin() ? IO_STDIN : 0)
                | (io.terminal() ? IO_TERMINAL : 0)
                | (io.closeStdin() ? IO_CLOSE_STDIN : 0)
                | (stream ? IO_STREAM : 0)
                | (stream && io.stdin() ? IO_STREAM_FEEDS_STDIN : 0);
    }

    private static String path(Optional<Path> path) {
        return path.map(Path::toString).orElse("");
    }

    FrameWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    FrameWriter u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    FrameWriter u32(int value) {
        room(4).putInt(value);
        return this;
    }

    FrameWriter u64(long value) {
        room(8).putLong(value);
        return this;
    }

    FrameWriter str(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    FrameWriter bytes(byte[] value) {
        return u32(value.length).raw(value, 0, value.length);
    }

    FrameWriter raw(byte[] value, int offset, int length) {
        room(length).put(value, offset, length);
        return this;
    }

    /** The whole frame, ready to be written. */
    ByteBuffer finish() {
        int length = buffer.position() - 4;
        if (length > Frame.MAX_LENGTH) {
            throw new IllegalArgumentException("frame of " + length + " bytes is too long");
        }
        return buffer.putInt(0, length).flip();
    }

    private ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            int capacity = Math.max(2 * buffer.capacity(), buffer.position() + bytes);
            buffer =
                    ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
        }
        return buffer;
    }
}
