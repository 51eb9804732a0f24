package io.gantry.e2e.harness;

import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.ContainerStatusRequest;
import io.gantry.proto.cri.ContainerStatusResponse;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageServiceGrpc.ImageServiceBlockingStub;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.ListImagesRequest;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxStatus;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemoveImageRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StopContainerRequest;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.EngineGrpc.EngineBlockingStub;
import io.gantry.proto.engine.Owner;
import io.gantry.proto.image.ImagesGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.health.v1.HealthGrpc.HealthBlockingStub;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Everything that the daemon serves, over its socket, as a kubelet would call it; the verbs of the
 * CRI by their own names. Each call has a deadline.
 */
public final class Cri implements AutoCloseable {

    private static final int MAX_MESSAGE_BYTES = 64 << 20;
    private static final EventLoopGroup LOOP =
            new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("cri-client", true), EpollIoHandler.newFactory());

    /** Says at each connection that a Unix socket has no SO_KEEPALIVE; held, or it is forgotten. */
    private static final Logger NOISE = Logger.getLogger("io.netty.bootstrap");

    static {
        NOISE.setLevel(Level.SEVERE);
    }

    private final ManagedChannel channel;

    /** Of the daemon that listens there; connects at the first call. */
    public Cri(Path socket) {
        this(socket, () -> "");
    }

    /**
     * The same; {@code threads} tells what the daemon is at, for a call that it does not answer
     * within the limit of this client.
     */
    Cri(Path socket, Supplier<String> threads) {
        channel =
                NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                        .channelType(EpollDomainSocketChannel.class)
                        .eventLoopGroup(LOOP)
                        .overrideAuthority("localhost")
                        .usePlaintext()
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .intercept(new Unanswered(limit(), threads))
                        .build();
    }

    public Channel channel() {
        return channel;
    }

    public RuntimeServiceBlockingStub runtime() {
        return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(limit());
    }

    public ImageServiceBlockingStub images() {
        return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(limit());
    }

    /** Gantry's own calls about images. */
    public ImagesGrpc.ImagesBlockingStub imageTools() {
        return ImagesGrpc.newBlockingStub(channel).withDeadlineAfter(limit());
    }

    public EngineBlockingStub engine() {
        return EngineGrpc.newBlockingStub(channel).withDeadlineAfter(limit());
    }

    public HealthBlockingStub health() {
        return HealthGrpc.newBlockingStub(channel).withDeadlineAfter(limit());
    }

    private static Duration limit() {
        return Await.seconds(60);
    }

    public String runPod(PodSandboxConfig config) {
        return runPod(config, Handler.name());
    }

    public String runPod(PodSandboxConfig config, String handler) {
        return runtime()
                .runPodSandbox(
                        RunPodSandboxRequest.newBuilder()
                                .setConfig(config)
                                .setRuntimeHandler(handler)
                                .build())
                .getPodSandboxId();
    }

    public void stopPod(String pod) {
        runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    public void removePod(String pod) {
        runtime()
                .removePodSandbox(
                        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    }

    public PodSandboxStatus podStatus(String pod) {
        return runtime()
                .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
                .getStatus();
    }

    public List<PodSandbox> pods() {
        return runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
    }

    public List<Container> containers() {
        return runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList();
    }

    public String create(String pod, PodSandboxConfig podConfig, ContainerConfig config) {
        return runtime()
                .createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .setConfig(config)
                                .setSandboxConfig(podConfig)
                                .build())
                .getContainerId();
    }

    public void start(String container) {
        runtime()
                .startContainer(
                        StartContainerRequest.newBuilder().setContainerId(container).build());
    }

    public void stop(String container, long seconds) {
        runtime()
                .stopContainer(
                        StopContainerRequest.newBuilder()
                                .setContainerId(container)
                                .setTimeout(seconds)
                                .build());
    }

    public void remove(String container) {
        runtime()
                .removeContainer(
                        RemoveContainerRequest.newBuilder().setContainerId(container).build());
    }

    public ContainerStatus status(String container) {
        return verboseStatus(container).getStatus();
    }

    public ContainerStatusResponse verboseStatus(String container) {
        return runtime()
                .containerStatus(
                        ContainerStatusRequest.newBuilder()
                                .setContainerId(container)
                                .setVerbose(true)
                                .build());
    }

    /** Waits for the end of a container. */
    public ContainerStatus awaitExit(String container) {
        Await.until(
                "exit of container " + container,
                Await.seconds(60),
                () -> status(container).getState() == ContainerState.CONTAINER_EXITED);
        return status(container);
    }

    /** A command without a time limit of its own. */
    public ExecSyncResponse exec(String container, String... command) {
        return exec(container, 0, command);
    }

    public ExecSyncResponse exec(String container, long timeoutSeconds, String... command) {
        return runtime()
                .execSync(
                        ExecSyncRequest.newBuilder()
                                .setContainerId(container)
                                .addAllCmd(List.of(command))
                                .setTimeout(timeoutSeconds)
                                .build());
    }

    /** What a shell command in the container prints; it has to succeed. */
    public String shell(String container, String script) {
        ExecSyncResponse done = exec(container, "/bin/sh", "-c", script);
        if (done.getExitCode() != 0) {
            throw new AssertionError(
                    "exit code %d of %s: %s"
                            .formatted(
                                    done.getExitCode(), script, done.getStderr().toStringUtf8()));
        }
        return done.getStdout().toString(StandardCharsets.UTF_8);
    }

    /** Pulls an image and returns its id. */
    public String pull(String reference) {
        return images().pullImage(PullImageRequest.newBuilder().setImage(image(reference)).build())
                .getImageRef();
    }

    public Optional<Image> imageStatus(String name) {
        var answer =
                images().imageStatus(ImageStatusRequest.newBuilder().setImage(image(name)).build());
        return answer.hasImage() ? Optional.of(answer.getImage()) : Optional.empty();
    }

    public List<Image> imageList() {
        return images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
    }

    public void removeImage(String name) {
        images().removeImage(RemoveImageRequest.newBuilder().setImage(image(name)).build());
    }

    /** Ids of the containers that were made through the engine. */
    public List<String> ownContainers() {
        io.gantry.proto.engine.ListContainersRequest all =
                io.gantry.proto.engine.ListContainersRequest.newBuilder()
                        .setOwner(Owner.OWNER_GANTRY)
                        .setAll(true)
                        .build();
        return engine().listContainers(all).getContainersList().stream()
                .map(io.gantry.proto.engine.Container::getId)
                .toList();
    }

    /**
     * Removes a container, or does nothing where the daemon did so first, as after a run with --rm.
     */
    public void removeOwnContainer(String container) {
        try {
            engine().removeContainer(
                            io.gantry.proto.engine.RemoveContainerRequest.newBuilder()
                                    .setId(container)
                                    .setForce(true)
                                    .build());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
        }
    }

    public static ImageSpec image(String name) {
        return ImageSpec.newBuilder().setImage(name).build();
    }

    @Override
    public void close() {
        try {
            channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
