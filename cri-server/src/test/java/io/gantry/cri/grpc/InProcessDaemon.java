package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.cri.build.CacheLimits;
import io.gantry.cri.build.ContextStore;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.engine.EngineContainers;
import io.gantry.cri.engine.ExitWatch;
import io.gantry.cri.engine.LogDirectories;
import io.gantry.cri.metrics.CallTimes;
import io.gantry.cri.streaming.StreamingServer;
import io.gantry.cri.streaming.StreamingSettings;
import io.gantry.image.service.StoreCheck;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.events.EventFeed;
import io.gantry.runtime.oci.HandlerReport;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/** The daemon's services over fakes of what is below them, without a socket. */
final class InProcessDaemon implements AutoCloseable {

    static final String IMAGE = "busybox";

    final FakePods pods = new FakePods();
    final FakeContainers containers = new FakeContainers(pods);
    final FakeExecs execs = new FakeExecs();
    final FakeImages images = new FakeImages();
    final FakeImageTools tools = new FakeImageTools(images);
    final FakeNetwork network = new FakeNetwork();
    final FakeStats stats = new FakeStats(pods, containers);
    volatile List<HandlerReport> handlers = List.of();
    final EventFeed events = new EventFeed();
    final FakeBuilder builder = new FakeBuilder();
    final ReadinessGate gate = new ReadinessGate();
    private final ExecutorService calls = io.gantry.base.Tasks.perTask("call");
    final StreamingServer streaming =
            new StreamingServer(
                    new StreamingSettings(
                            "127.0.0.1",
                            0,
                            Optional.empty(),
                            Duration.ofMinutes(1),
                            Duration.ofSeconds(60)),
                    Clock.SYSTEM);
    final FakePorts ports = new FakePorts();
    final GrpcServices services;
    private final Server server;
    private final ManagedChannel channel;

    InProcessDaemon(Path dir) throws IOException {
        ContainerLookup lookup = new ContainerLookup(pods, containers);
        EngineContainers engine =
                new EngineContainers(
                        pods,
                        containers,
                        lookup,
                        resolver(),
                        new LogDirectories(dir.resolve("logs")),
                        Clock.SYSTEM);
        services =
                GrpcServices.over(
                        new GrpcServices.Host(CriServerConfig.defaults(), facts()),
                        tools.all(),
                        new GrpcServices.Workloads(
                                pods,
                                containers,
                                execs,
                                network,
                                new GrpcServices.Watch(events, stats, () -> handlers),
                                new GrpcServices.Streams(streaming, ports)),
                        new GrpcServices.Engine(
                                engine,
                                lookup,
                                new ExitWatch(containers, engine, Clock.SYSTEM),
                                new BuildTools(
                                        builder,
                                        new ContextStore(
                                                dir.resolve("contexts"),
                                                "boot",
                                                _ -> 0,
                                                builder::keep,
                                                Clock.SYSTEM),
                                        dir.resolve("agents"),
                                        new CacheLimits(0, Duration.ZERO, Clock.SYSTEM))),
                        new GrpcServices.Upkeep(
                                _ -> List.of(),
                                (_, _) -> new StoreCheck.Report(List.of(), 0, 0, 0)),
                        Clock.SYSTEM);
        String name = InProcessServerBuilder.generateName();
        InProcessServerBuilder builder = InProcessServerBuilder.forName(name).executor(calls);
        GrpcServer.intercepted(
                        services.definitions(), gate, new CallLog(Clock.SYSTEM, new CallTimes()))
                .forEach(builder::addService);
        server = builder.build().start();
        channel = InProcessChannelBuilder.forName(name).build();
        gate.open();
    }

    RuntimeServiceGrpc.RuntimeServiceBlockingStub cri() {
        return RuntimeServiceGrpc.newBlockingStub(channel);
    }

    EngineGrpc.EngineBlockingStub engine() {
        return EngineGrpc.newBlockingStub(channel);
    }

    ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
        calls.shutdownNow();
        streaming.close();
    }

    private static ImageResolver resolver() {
        return name ->
                name.equals(IMAGE)
                        ? Optional.of(new ResolvedImage("sha256:a", "r", ImageConfig.empty()))
                        : Optional.empty();
    }

    private static NodeFacts facts() {
        return new NodeFacts(
                "1.2.3",
                "25",
                "6.18.0",
                "amd64",
                "Debian",
                2,
                1 << 30,
                new NodeFacts.ControlGroups("v2", "cgroupfs"),
                1,
                new NodeFacts.CriFeatures(true, false, true),
                List.of(new NodeFacts.Feature("seccomp", true, "")));
    }

    /** A network that is as ready as the test says. */
    static final class FakeNetwork implements PodNetwork {

        private volatile Readiness readiness = new Readiness(true, "");

        void is(Readiness other) {
            readiness = other;
        }

        @Override
        public PodNetworkStatus add(PodSandbox pod, Path netns, io.gantry.base.Deadline deadline) {
            return PodNetworkStatus.none();
        }

        @Override
        public void remove(PodSandbox pod, Path netns, io.gantry.base.Deadline deadline) {}

        @Override
        public Readiness status() {
            return readiness;
        }
    }
}
