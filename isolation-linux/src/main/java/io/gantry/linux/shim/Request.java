package io.gantry.linux.shim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A request to a shim: numbers, strings and bytes, of which most requests use few.
 *
 * @param bytes a program; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // on its way to a socket, never compared
record Request(int type, Numbers numbers, List<String> strings, byte[] bytes) {

    private static final int IO_STDIN = 1;
    private static final int IO_TERMINAL = 2;
    private static final int IO_CLOSE_STDIN = 4;
    private static final int IO_STREAM = 8;
    private static final int IO_OUTSIDE = 16;

    private static final int STRINGS = 5;
    private static final byte[] NOTHING = {};

    /** Those of a request; 0 where it has none. */
    record Numbers(long cloneFlags, int flags, int signal, int rows, int columns, int kind) {

        static final Numbers NONE = flags(0);

        static Numbers flags(int flags) {
            return new Numbers(0, flags, 0, 0, 0, 0);
        }

        static Numbers signal(int signal) {
            return new Numbers(0, 0, signal, 0, 0, 0);
        }

        static Numbers size(int rows, int columns) {
            return new Numbers(0, 0, 0, rows, columns, 0);
        }
    }

    /** One about the shim. */
    static Request of(int type) {
        return about(type, "", Numbers.NONE);
    }

    /** One about a process. */
    static Request about(int type, String id, Numbers numbers) {
        return new Request(type, numbers, List.of(id, "", "", "", ""), NOTHING);
    }

    static Request setUp(byte[] program) {
        return new Request(FrameType.SET_UP, Numbers.NONE, of(FrameType.SET_UP).strings(), program);
    }

    static Request start(StartRequest request, boolean stream) {
        StartRequest.Placement placement = request.placement();
        Numbers numbers =
                new Numbers(
                        placement.cloneFlags(),
                        ioFlags(request.io(), stream) | (placement.outside() ? IO_OUTSIDE : 0),
                        0,
                        0,
                        0,
                        placement.kind().number());
        List<String> strings =
                List.of(
                        request.id(),
                        placement.target(),
                        path(placement.cgroup()),
                        path(request.files().log()),
                        path(request.files().exitRecord()));
        return new Request(FrameType.START, numbers, strings, request.program());
    }

    private static int ioFlags(StartRequest.StandardIo io, boolean stream) {
        return (io.stdin() ? IO_STDIN : 0)
                | (io.terminal() ? IO_TERMINAL : 0)
                | (io.closeStdin() ? IO_CLOSE_STDIN : 0)
                | (stream ? IO_STREAM : 0);
    }

    private static String path(Optional<Path> path) {
        return path.map(Path::toString).orElse("");
    }

    /** The whole frame, ready to be written. */
    ByteBuffer encode(int requestId) {
        List<byte[]> texts =
                strings.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
        int length = Frame.NUMBERS + STRINGS + bytes.length;
        length += texts.stream().mapToInt(text -> text.length).sum();
        ByteBuffer frame = Frame.begin(type, requestId, length);
        frame.putLong(numbers.cloneFlags()).putInt(numbers.flags()).putInt(numbers.signal());
        frame.putShort((short) numbers.rows()).putShort((short) numbers.columns());
        frame.putInt(numbers.kind());
        for (byte[] text : texts) {
            frame.put(text).put((byte) 0);
        }
        return frame.put(bytes).flip();
    }

    /** What a client says first. */
    static ByteBuffer hello(int requestId) {
        return Frame.begin(FrameType.HELLO, requestId, 2 * Integer.BYTES)
                .putInt(Frame.MAGIC)
                .putInt(Frame.PROTOCOL_VERSION)
                .flip();
    }

    /** Standard input. */
    static ByteBuffer stdin(byte[] bytes, int offset, int length) {
        return Frame.begin(FrameType.STDIN, 0, length).put(bytes, offset, length).flip();
    }
}
