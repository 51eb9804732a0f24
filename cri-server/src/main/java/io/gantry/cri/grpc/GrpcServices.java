package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Finding;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.engine.EngineContainers;
import io.gantry.cri.engine.ExitWatch;
import io.gantry.cri.engine.PodLookup;
import io.gantry.cri.streaming.StreamingServer;
import io.gantry.image.service.StoreCheck;
import io.gantry.runtime.events.ContainerEvents;
import io.gantry.runtime.oci.HandlerReport;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.ExecManager;
import io.gantry.runtime.service.PodManager;
import io.gantry.runtime.service.PodPorts;
import io.gantry.runtime.stats.RuntimeStats;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** All services of the daemon over what serves them. */
public final class GrpcServices {

    private final List<ServerServiceDefinition> definitions;

    private GrpcServices(List<ServerServiceDefinition> definitions) {
        this.definitions = definitions;
    }

    /** The machine, and how it is to be used. */
    public record Host(CriServerConfig config, NodeFacts facts) {}

    /** What runs pods and containers. */
    public record Workloads(
            PodManager pods,
            ContainerManager containers,
            ExecManager execs,
            PodNetwork network,
            Watch watch,
            Streams streams) {}

    /** What serves streams, and the ports of pods. */
    public record Streams(StreamingServer server, PodPorts ports) {}

    /** What tells how they are. */
    public record Watch(
            ContainerEvents events, RuntimeStats stats, Supplier<List<HandlerReport>> handlers) {}

    /** What makes Gantry's own containers and images out of them. */
    public record Engine(
            EngineContainers containers,
            ContainerLookup lookup,
            ExitWatch exits,
            BuildTools builds) {}

    /** What looks after what is kept, pods and containers on one side and images on the other. */
    public record Upkeep(RuntimeCheck runtime, ImageCheck images) {

        /** Compares records of pods and containers with what is there. */
        @FunctionalInterface
        public interface RuntimeCheck {
            /** Does it, and mends what it finds where {@code repair} says so. */
            List<Finding> check(boolean repair);
        }

        /** Looks at blobs and layers. */
        @FunctionalInterface
        public interface ImageCheck {
            /** Does it; {@code readAll} has every blob and layer read. */
            StoreCheck.Report check(boolean repair, boolean readAll) throws IOException;
        }
    }

    /** The services. */
    public static GrpcServices over(
            Host host,
            ImageTools images,
            Workloads runtime,
            Engine engine,
            Upkeep upkeep,
            Clock clock) {
        UnaryCalls calls = new UnaryCalls(clock);
        CriOwnership ownership = new CriOwnership(runtime.pods(), runtime.containers());
        return new GrpcServices(
                List.of(
                        RuntimeService.bind(
                                new NodeEndpoint(
                                        host.config(),
                                        host.facts(),
                                        runtime.network(),
                                        runtime.watch().handlers()),
                                pods(runtime, ownership, clock),
                                new ContainerEndpoint(
                                        runtime.containers(), runtime.execs(), ownership),
                                new StreamEndpoint(
                                        runtime.execs(),
                                        runtime.streams().ports(),
                                        ownership,
                                        runtime.streams().server()),
                                observation(runtime.watch(), ownership, clock),
                                calls),
                        ImageService.bind(
                                new ImageEndpoint(images.manager(), images.pulls()), calls),
                        ImagesService.bind(images, runtime, engine.lookup(), clock),
                        BuildsService.bind(engine.builds(), images, clock),
                        EngineService.bind(
                                new EngineLists(
                                        runtime.pods(),
                                        runtime.containers(),
                                        host.config(),
                                        host.facts(),
                                        runtime.network(),
                                        () -> images.manager().list().size()),
                                containers(runtime, engine),
                                streams(runtime, engine, clock),
                                forwards(runtime),
                                calls,
                                new StreamCalls()),
                        new UpkeepEndpoint(upkeep).bind(calls)));
    }

    /** What a cAdvisor asks, and nothing else. */
    public static GrpcServices lookups(NodeFacts facts, Workloads runtime, Clock clock) {
        CriOwnership ownership = new CriOwnership(runtime.pods(), runtime.containers());
        return new GrpcServices(
                new ContainerdLookups(facts.version(), ownership).bind(new UnaryCalls(clock)));
    }

    private static PodEndpoint pods(Workloads runtime, CriOwnership ownership, Clock clock) {
        return new PodEndpoint(
                runtime.pods(), runtime.containers(), ownership, runtime.network(), clock);
    }

    private static EngineEndpoint containers(Workloads runtime, Engine engine) {
        return new EngineEndpoint(
                engine.containers(),
                runtime.containers(),
                runtime.execs(),
                engine.lookup(),
                engine.exits());
    }

    private static EngineStreams streams(Workloads runtime, Engine engine, Clock clock) {
        return new EngineStreams(
                runtime.containers(), runtime.execs(), engine.lookup(), engine.exits(), clock);
    }

    private static PodForwards forwards(Workloads runtime) {
        return new PodForwards(
                new PodLookup(runtime.pods(), runtime.containers()),
                runtime.containers(),
                runtime.streams());
    }

    private static Observation observation(Watch watch, CriOwnership ownership, Clock clock) {
        return new Observation(
                new ContainerEventStreams(watch.events(), clock),
                new StatsEndpoint(watch.stats(), ownership),
                new MetricsEndpoint(watch.stats()));
    }

    List<ServerServiceDefinition> definitions() {
        return definitions;
    }
}
