package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A connection that is a stream of one process. */
final class ShimStreamConnection implements ShimStream {

    private static final int REQUEST = 1;
    private static final int ATTACH_STDIN = 1;
    private static final int ATTACH_OUTPUT = 2;

    /** Far below the bound of a frame, so that the shim holds little of it while it waits. */
    private static final int STDIN_CHUNK = 32 << 10;

    private final FrameChannel channel;
    private final int pid;
    private boolean exited;

    private ShimStreamConnection(FrameChannel channel, int pid) {
        this.channel = channel;
        this.pid = pid;
    }

    static ShimStream start(Path socket, StartRequest request) throws IOException {
        return open(socket, request.id(), FrameWriter.start(REQUEST, request, true));
    }

    static ShimStream attach(Path socket, String id, boolean stdin, boolean output)
            throws IOException {
        int flags = (stdin ? ATTACH_STDIN : 0) | (output ? ATTACH_OUTPUT : 0);
        return open(socket, id, FrameWriter.frame(FrameType.ATTACH, REQUEST).str(id).u32(flags));
    }

    private static ShimStream open(Path socket, String id, FrameWriter request) throws IOException {
        FrameChannel channel = FrameChannel.open(socket);
        try {
            channel.write(FrameWriter.hello(REQUEST));
            channel.write(request);
            answer(channel, "");
            Frame answer = answer(channel, id);
            int pid = answer.type() == FrameType.STARTED ? answer.decode(Frame::i32) : 0;
            return new ShimStreamConnection(channel, pid);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Frame answer(FrameChannel channel, String id) throws IOException {
        Frame frame =
                channel.read()
                        .orElseThrow(
                                () -> new IOException("shim " + channel.socket() + " hung up"));
        return Answers.checked(id, frame);
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public Optional<Event> next() throws IOException {
        // Input that the shim has not read makes its close look like a reset.
        Optional<Frame> frame = exited ? Optional.empty() : channel.read();
        while (frame.isPresent()) {
            switch (frame.get().type()) {
                case FrameType.OUTPUT -> {
                    return Optional.of(
                            frame.get().<Event>decode(f -> new Output(f.u8(), f.rest())));
                }
                case FrameType.EXITED -> {
                    exited = true;
                    return Optional.of(frame.get().<Event>decode(f -> new Exited(f.entry())));
                }
                default -> frame = channel.read(); // the answer to a resize, good or bad
            }
        }
        return Optional.empty();
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        for (int offset = 0; offset < bytes.length; offset += STDIN_CHUNK) {
            channel.write(
                    FrameWriter.frame(FrameType.STDIN, 0)
                            .raw(bytes, offset, Math.min(STDIN_CHUNK, bytes.length - offset)));
        }
    }

    @Override
    public void closeStdin() throws IOException {
        channel.write(FrameWriter.frame(FrameType.STDIN_EOF, 0));
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        channel.write(FrameWriter.frame(FrameType.RESIZE, REQUEST).str("").u16(rows).u16(columns));
    }

    @Override
    public void close() {
        channel.close();
    }
}
