package io.gantry.cli;

import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Tasks;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.ForwardRequest;
import io.gantry.proto.engine.ForwardResponse;
import io.grpc.Channel;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;

/** One connection of somebody on this machine to a port of a pod, as a call of its own. */
final class PortRelay {

    private static final int CHUNK = 64 << 10;

    private final BlockingClientCall<ForwardRequest, ForwardResponse> call;
    private final Socket socket;

    /** Takes the socket over. */
    PortRelay(Channel channel, Socket socket) {
        this.call = EngineGrpc.newBlockingV2Stub(channel).forward();
        this.socket = socket;
    }

    /**
     * Relays until both directions have ended.
     *
     * @throws StatusException when the port takes no connection, or it broke
     */
    void run(String pod, int port) throws StatusException, InterruptedException {
        boolean whole = false;
        try (socket) {
            try {
                call.write(
                        ForwardRequest.newBuilder()
                                .setOpen(ForwardRequest.Open.newBuilder().setPod(pod).setPort(port))
                                .build());
                relay();
                whole = true;
            } finally {
                if (!whole) {
                    // Whoever is connected must not take what came for all there is.
                    socket.setSoLinger(true, 0);
                }
            }
        } catch (IOException e) {
            call.cancel("the local connection broke", e);
        }
    }

    private void relay() throws StatusException, InterruptedException, IOException {
        ForwardResponse answer = call.read();
        while (answer != null) {
            switch (answer.getMessageCase()) {
                case CONNECTED -> Tasks.start("forward-up", this::up);
                case DATA -> answer.getData().writeTo(socket.getOutputStream());
                case END -> socket.shutdownOutput();
                case MESSAGE_NOT_SET -> {}
            }
            answer = call.read();
        }
    }

    /** From this machine to the pod; what fails there the other direction tells. */
    private void up() {
        byte[] buffer = new byte[CHUNK];
        try {
            int count = socket.getInputStream().read(buffer);
            while (count >= 0) {
                byte[] bytes = Arrays.copyOf(buffer, count);
                boolean sent =
                        call.write(
                                ForwardRequest.newBuilder()
                                        .setData(UnsafeByteOperations.unsafeWrap(bytes))
                                        .build());
                if (!sent) {
                    return;
                }
                count = socket.getInputStream().read(buffer);
            }
            call.halfClose();
        } catch (IOException | StatusException e) {
            call.cancel("the local connection broke", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
