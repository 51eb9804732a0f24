package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ImageStatusResponse;
import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.AttachResponse;
import io.gantry.proto.engine.Container;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.ListContainersRequest;
import io.gantry.proto.engine.ListContainersResponse;
import io.gantry.proto.engine.StopContainerRequest;
import io.gantry.proto.engine.StopContainerResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A small engine in memory behind a real Unix socket. Its containers know three programs: {@code
 * say WORD…} prints, {@code fail CODE} exits so and complains on standard error, {@code cat} gives
 * standard input back.
 */
final class FakeEngine implements AutoCloseable {

    private final Server server;
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final String address;
    private final Map<String, CreateContainerRequest> containers = new ConcurrentHashMap<>();
    private final FakeImageStore images = new FakeImageStore();
    private final FakeBuilds builds = new FakeBuilds();

    FakeEngine(Path directory) throws IOException {
        Path socket = directory.resolve("fake.sock");
        address = "unix://" + socket;
        server =
                NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                        .channelType(EpollServerDomainSocketChannel.class)
                        .bossEventLoopGroup(loops)
                        .workerEventLoopGroup(loops)
                        .addService(new Containers())
                        .addService(new CriImages())
                        .addService(images)
                        .addService(builds)
                        .build()
                        .start();
    }

    String address() {
        return address;
    }

    FakeImageStore images() {
        return images;
    }

    FakeBuilds builds() {
        return builds;
    }

    CreateContainerRequest created(String id) {
        return Objects.requireNonNull(containers.get(id), id);
    }

    @Override
    public void close() {
        server.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static <T> void answer(StreamObserver<T> observer, T message) {
        observer.onNext(message);
        observer.onCompleted();
    }

    private final class Containers extends EngineGrpc.EngineImplBase {

        @Override
        public void createContainer(
                CreateContainerRequest request, StreamObserver<CreateContainerResponse> observer) {
            String id = "c" + (containers.size() + 1);
            containers.put(id, request);
            answer(observer, CreateContainerResponse.newBuilder().setId(id).build());
        }

        @Override
        public void stopContainer(
                StopContainerRequest request, StreamObserver<StopContainerResponse> observer) {
            if (containers.containsKey(request.getId())) {
                answer(observer, StopContainerResponse.getDefaultInstance());
            } else {
                observer.onError(
                        Status.NOT_FOUND
                                .withDescription("container " + request.getId() + " not found")
                                .asException());
            }
        }

        @Override
        public void listContainers(
                ListContainersRequest request, StreamObserver<ListContainersResponse> observer) {
            ListContainersResponse.Builder list = ListContainersResponse.newBuilder();
            containers.forEach(
                    (id, created) ->
                            list.addContainers(
                                    Container.newBuilder().setId(id).setImage(created.getImage())));
            answer(observer, list.build());
        }

        @Override
        public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> observer) {
            return new Program(observer);
        }
    }

    private final class Program implements StreamObserver<AttachRequest> {

        private final StreamObserver<AttachResponse> observer;

        Program(StreamObserver<AttachResponse> observer) {
            this.observer = observer;
        }

        @Override
        public void onNext(AttachRequest request) {
            switch (request.getMessageCase()) {
                case OPEN -> begin(created(request.getOpen().getId()));
                case STDIN -> print(request.getStdin());
                case STDIN_EOF -> end(0, "Completed", "");
                case RESIZE, MESSAGE_NOT_SET -> {}
            }
        }

        private void begin(CreateContainerRequest created) {
            observer.onNext(
                    AttachResponse.newBuilder()
                            .setAttached(AttachResponse.Attached.getDefaultInstance())
                            .build());
            String program = created.getArgs(0);
            List<String> rest = created.getArgsList().subList(1, created.getArgsCount());
            switch (program) {
                case "say" -> {
                    print(ByteString.copyFromUtf8(String.join(" ", rest) + "\n"));
                    end(0, "Completed", "");
                }
                case "fail" -> {
                    ByteString complaint = ByteString.copyFromUtf8("no\n");
                    observer.onNext(AttachResponse.newBuilder().setStderr(complaint).build());
                    end(Integer.parseInt(rest.getFirst()), "Error", "");
                }
                case "cat" -> {}
                default ->
                        end(
                                128,
                                "StartError",
                                "execute " + program + ": executable file not found in $PATH");
            }
        }

        private void print(ByteString data) {
            observer.onNext(AttachResponse.newBuilder().setStdout(data).build());
        }

        private void end(int code, String reason, String message) {
            Exit exit =
                    Exit.newBuilder().setCode(code).setReason(reason).setMessage(message).build();
            answer(observer, AttachResponse.newBuilder().setExit(exit).build());
        }

        @Override
        public void onError(Throwable failure) {
            // The client has gone: nothing is left to answer.
        }

        @Override
        public void onCompleted() {
            // A half-close alone changes nothing, as the contract says.
        }
    }

    private final class CriImages extends ImageServiceGrpc.ImageServiceImplBase {

        @Override
        public void imageStatus(
                ImageStatusRequest request, StreamObserver<ImageStatusResponse> observer) {
            ImageStatusResponse.Builder status = ImageStatusResponse.newBuilder();
            if (images.has(request.getImage().getImage())) {
                status.setImage(Image.newBuilder().setId("sha256:1"));
            }
            answer(observer, status.build());
        }
    }
}
