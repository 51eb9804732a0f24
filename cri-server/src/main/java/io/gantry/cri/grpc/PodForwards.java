package io.gantry.cri.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.engine.PodLookup;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.streaming.wire.SocketStream;
import io.gantry.cri.translate.EngineResponses;
import io.gantry.proto.engine.FindPodRequest;
import io.gantry.proto.engine.FindPodResponse;
import io.gantry.proto.engine.ForwardRequest;
import io.gantry.proto.engine.ForwardResponse;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.ContainerManager;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections of Gantry's own client to ports of pods, a call each. */
final class PodForwards {

    private static final Logger log = LoggerFactory.getLogger(PodForwards.class);

    private final PodLookup lookup;
    private final ContainerManager containers;
    private final GrpcServices.Streams streams;

    PodForwards(PodLookup lookup, ContainerManager containers, GrpcServices.Streams streams) {
        this.lookup = lookup;
        this.containers = containers;
        this.streams = streams;
    }

    FindPodResponse findPod(FindPodRequest request, Deadline deadline) {
        PodSandbox pod = lookup.get(request.getName());
        long count =
                containers.list(ContainerFilter.of(null)).stream()
                        .filter(container -> container.podSandboxId().equals(pod.id()))
                        .count();
        return FindPodResponse.newBuilder()
                .setPod(EngineResponses.toProto(pod, (int) count))
                .build();
    }

    void forward(Inbound<ForwardRequest> in, Outbound<ForwardResponse> out)
            throws IOException, InterruptedException {
        ForwardRequest first = StreamCalls.first(in);
        if (!first.hasOpen()) {
            throw new InvalidArgumentException("the first message must be open");
        }
        String pod = lookup.get(first.getOpen().getPod()).id().value();
        int port = first.getOpen().getPort();
        try (SocketStream socket = streams.server().adopt(streams.ports().dial(pod, port))) {
            out.send(
                    ForwardResponse.newBuilder()
                            .setConnected(ForwardResponse.Connected.getDefaultInstance())
                            .build());
            relay(in, out, socket, port);
        }
    }

    /** Until both directions have ended; the socket is nobody's then. */
    private static void relay(
            Inbound<ForwardRequest> in,
            Outbound<ForwardResponse> out,
            SocketStream socket,
            int port)
            throws InterruptedException {
        Thread up = Tasks.start("forward-up", () -> up(in, socket));
        boolean whole = false;
        try {
            down(socket, out);
            up.join();
            whole = true;
        } catch (IOException e) {
            throw new UnavailableException("the connection to port " + port + " broke", e);
        } finally {
            if (!whole) {
                socket.reset();
                up.interrupt();
                joinUninterruptibly(up);
            }
        }
    }

    /** From the port to the client. */
    private static void down(SocketStream socket, Outbound<ForwardResponse> out)
            throws IOException, InterruptedException {
        for (byte[] bytes = socket.read(); bytes != null; bytes = socket.read()) {
            out.send(
                    ForwardResponse.newBuilder()
                            .setData(UnsafeByteOperations.unsafeWrap(bytes))
                            .build());
        }
        out.send(
                ForwardResponse.newBuilder()
                        .setEnd(ForwardResponse.End.getDefaultInstance())
                        .build());
    }

    /** From the client to the port, which may have said something before it takes no more. */
    private static void up(Inbound<ForwardRequest> in, SocketStream socket) {
        try {
            Optional<ForwardRequest> message = in.next();
            while (message.isPresent()) {
                socket.write(message.get().getData().toByteArray());
                message = in.next();
            }
            socket.endOutput();
        } catch (IOException e) {
            log.atDebug().setCause(e).log("a forwarded connection takes no more");
        } catch (CancelledException e) {
            log.atDebug().setCause(e).log("the client gave a forwarded connection up");
            socket.reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Short, as the thread was interrupted; a closed descriptor must not be written to. */
    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
