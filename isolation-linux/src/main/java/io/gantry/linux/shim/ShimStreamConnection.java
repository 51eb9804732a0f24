package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A connection that is a stream of one process. */
final class ShimStreamConnection implements ShimStream {

    private static final int ATTACH_STDIN = 1;
    private static final int ATTACH_OUTPUT = 2;
    private static final int ATTACH_PACING = 4;

    /** Far below the bound of a frame, so that the shim holds little of it while it waits. */
    private static final int STDIN_CHUNK = 32 << 10;

    private final FrameChannel channel;
    private final String id;
    private final int pid;
    private boolean exited;

    private ShimStreamConnection(FrameChannel channel, String id, int pid) {
        this.channel = channel;
        this.id = id;
        this.pid = pid;
    }

    static ShimStream start(Path socket, StartRequest request) throws IOException {
        return open(socket, request.id(), Request.start(request, true));
    }

    static ShimStream attach(Path socket, AttachRequest asked) throws IOException {
        int flags =
                (asked.stdin() ? ATTACH_STDIN : 0)
                        | (asked.output() ? ATTACH_OUTPUT : 0)
                        | (asked.pacing() ? ATTACH_PACING : 0);
        Request request = Request.about(FrameType.ATTACH, asked.id(), Request.Numbers.flags(flags));
        return open(socket, asked.id(), request);
    }

    private static ShimStream open(Path socket, String id, Request request) throws IOException {
        FrameChannel channel = FrameChannel.open(socket);
        try {
            Frame answer = channel.ask(id, request).frame();
            int pid = answer.type() == FrameType.STARTED ? answer.decode(Frame::i32) : 0;
            return new ShimStreamConnection(channel, id, pid);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
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
            int length = Math.min(STDIN_CHUNK, bytes.length - offset);
            channel.write(Request.stdin(bytes, offset, length));
        }
    }

    @Override
    public void closeStdin() throws IOException {
        channel.write(Request.of(FrameType.STDIN_EOF).encode(0));
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        Request.Numbers size = Request.Numbers.size(rows, columns);
        channel.write(Request.about(FrameType.RESIZE, id, size).encode(FrameChannel.REQUEST));
    }

    @Override
    public void close() {
        channel.close();
    }
}
