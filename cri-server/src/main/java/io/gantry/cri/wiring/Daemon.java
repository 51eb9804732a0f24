package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.ConfigChanges;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.engine.EngineContainers;
import io.gantry.cri.engine.ExitWatch;
import io.gantry.cri.engine.LogDirectories;
import io.gantry.cri.grpc.GrpcServer;
import io.gantry.cri.grpc.GrpcServices;
import io.gantry.cri.metrics.CallTimes;
import io.gantry.cri.metrics.MetricsServer;
import io.gantry.cri.metrics.WorkTimes;
import io.gantry.cri.streaming.StreamingServer;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.service.RuntimeService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon as a whole: started once, stopped once, from different threads. A start that fails
 * lets go of what it had taken. Pods and containers outlive it.
 */
public final class Daemon {

    private static final Logger log = LoggerFactory.getLogger(Daemon.class);

    /** How long calls under way may take once the daemon is told to end. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final CriServerConfig config;
    private final Path shim;
    private final String version;
    private final Clock clock;
    private final LiveCredentials credentials;
    private final OciHandlers handlers;
    private final CallTimes times = new CallTimes();
    private final WorkTimes work = new WorkTimes();
    private final Deque<Part> parts = new ArrayDeque<>();
    private final List<Consumer<CriServerConfig>> changeable = new ArrayList<>();

    /**
     * Does nothing yet.
     *
     * @param shim the executable that supervises a pod
     * @param version of Gantry
     */
    public Daemon(CriServerConfig config, Path shim, String version, Clock clock) {
        this.config = config;
        this.shim = shim;
        this.version = version;
        this.clock = clock;
        this.credentials = new LiveCredentials(config.registry());
        this.handlers = new OciHandlers(Runtimes.handlers(config));
    }

    /** Something that was started, and how to stop it. */
    private record Part(String name, AutoCloseable stop) {}

    /**
     * Takes the directories, listens, takes in what the last run left, and serves.
     *
     * @throws io.gantry.base.error.FailedPreconditionException when another daemon uses a directory
     *     or the socket
     */
    public synchronized void start() throws IOException {
        boolean started = false;
        try {
            startParts();
            started("heap", GrownHeap.ofThisProcess(clock));
            started = true;
        } finally {
            if (!started) {
                stop();
            }
        }
    }

    /**
     * Takes from another configuration what can be taken while the daemon runs: where registries
     * are described, the credentials of the node, its network, and the runtime handlers that new
     * pods may ask for. Directories that the configuration names are read whenever they are needed.
     * While the daemon starts this waits for it.
     *
     * @return the keys that differ and need a restart
     */
    public synchronized List<String> reload(CriServerConfig next) {
        changeable.forEach(part -> part.accept(next));
        credentials.use(next.registry());
        handlers.use(Runtimes.handlers(next));
        warnOfHandlers();
        return ConfigChanges.thatNeedARestart(config, next);
    }

    /** Takes no more calls, lets those under way end, and lets go of everything. */
    public synchronized void stop() {
        while (!parts.isEmpty()) {
            Part part = parts.pop();
            try {
                part.stop().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                log.atWarn().addKeyValue("part", part.name()).setCause(e).log("stop failed");
            }
        }
        log.atInfo().log("stopped");
    }

    private void startParts() throws IOException {
        logConfiguration();
        warnOfHandlers();
        started("root directory", DirectoryLock.take(config.root()));
        started("state directory", DirectoryLock.take(config.state()));
        CgroupNames cgroups = ParentCgroup.names(config);
        NodeFacts facts = facts(cgroups);
        Stores stores = openStores();
        started("images", stores);
        started("cgroup", ParentCgroup.create(cgroups, config.state(), clock));
        PodNetwork network = openNetwork();
        RuntimeService runtime = openRuntime(stores, network, cgroups);
        started("runtime", runtime);
        stores.pins().watch(runtime.containers());
        ContainerLookup lookup = new ContainerLookup(runtime.pods(), runtime.containers());
        EngineContainers engine = engine(runtime, lookup, stores);
        ExitWatch exits = new ExitWatch(runtime.containers(), engine, clock);
        Building builds = Building.over(config, runtime, stores, clock);
        started("builds", builds);
        StreamingServer streaming = Streaming.server(config.streaming(), clock);
        GrpcServer server =
                new GrpcServer(
                        config.socket(),
                        GrpcServices.over(
                                new GrpcServices.Host(config, facts),
                                stores.tools(),
                                workloads(runtime, network, streaming),
                                new GrpcServices.Engine(engine, lookup, exits, builds.tools()),
                                new GrpcServices.Upkeep(
                                        runtime::check, stores.service().check()::run),
                                clock),
                        times,
                        clock);
        started("server", () -> server.stop(GRACE));
        // Before it: calls that forward a port end by themselves only when somebody hangs up.
        started("streaming", streaming);
        server.start();
        runtime.start();
        warnOfNetwork(network);
        engine.sweep();
        builds.sweep();
        exits.resume();
        server.serve();
        // Those that listen have no end of their own, and the server's waits for calls under way.
        started("events", runtime.events()::end);
        serveLookups(GrpcServices.lookups(facts, workloads(runtime, network, streaming), clock));
        serveMetrics(runtime);
        started("execs", runtime.execs()::leave);
        logReady();
    }

    private Stores openStores() throws IOException {
        Stores stores = Stores.open(config, credentials, work, clock);
        changeable.add(next -> stores.registries().use(next.registry().configPath()));
        return stores;
    }

    private PodNetwork openNetwork() {
        EnginePodNetwork network = new EnginePodNetwork(network(config));
        changeable.add(next -> network.use(network(next)));
        return network;
    }

    private PodNetwork network(CriServerConfig next) {
        return Runtimes.network(next.cni(), config.root(), clock);
    }

    private NodeFacts facts(CgroupNames cgroups) throws IOException {
        return NodeProbe.probe(
                version, KernelFeatures.probe(Syscalls.system()), cgroups.driver(), clock);
    }

    private RuntimeService openRuntime(Stores stores, PodNetwork network, CgroupNames cgroups) {
        return Runtimes.open(
                config,
                shim,
                stores,
                network,
                handlers,
                new Runtimes.Surroundings(cgroups, work, clock));
    }

    private static GrpcServices.Workloads workloads(
            RuntimeService runtime, PodNetwork network, StreamingServer streaming) {
        return new GrpcServices.Workloads(
                runtime.pods(),
                runtime.containers(),
                runtime.execs(),
                network,
                new GrpcServices.Watch(runtime.events(), runtime.stats(), runtime::handlers),
                new GrpcServices.Streams(streaming, runtime.ports()));
    }

    /** Once there are answers: a cAdvisor that gets none asks no second time. */
    private void serveLookups(GrpcServices lookups) throws IOException {
        Path socket = config.cadvisor().socket();
        if (socket != null) {
            Files.createDirectories(socket.resolveSibling("."));
            GrpcServer server = new GrpcServer(socket, lookups, times, clock);
            started("lookups", () -> server.stop(Duration.ZERO));
            server.start();
            server.serve();
            log.atInfo().addKeyValue("socket", socket).log("lookups of a cAdvisor answered");
        }
    }

    /** Last: a scraper has nothing to see of a daemon that does not serve yet. */
    private void serveMetrics(RuntimeService runtime) {
        CriServerConfig.Metrics metrics = config.metrics();
        if (metrics.port() != 0) {
            DaemonMetrics own = new DaemonMetrics(version, times, work, runtime);
            started("metrics", MetricsServer.start(metrics.address(), metrics.port(), own::text));
        }
    }

    private EngineContainers engine(RuntimeService runtime, ContainerLookup lookup, Stores stores) {
        return new EngineContainers(
                runtime.pods(),
                runtime.containers(),
                lookup,
                stores.localImages(),
                new LogDirectories(config.root().resolve("logs")),
                clock);
    }

    private void started(String name, AutoCloseable stop) {
        parts.push(new Part(name, stop));
    }

    private void logConfiguration() {
        log.atInfo()
                .addKeyValue("version", version)
                .addKeyValue("root", config.root())
                .addKeyValue("state", config.state())
                .addKeyValue("socket", config.socket())
                .addKeyValue("registryConfigPath", config.registry().configPath())
                .addKeyValue("signaturePolicy", config.registry().signaturePolicy())
                .addKeyValue("pinnedImages", config.image().pinned())
                .addKeyValue("cniBinDirs", config.cni().binDirs())
                .addKeyValue("cniConfDir", config.cni().confDir())
                .addKeyValue("defaultNetwork", config.cni().defaultNetwork())
                .addKeyValue("defaultSubnets", config.cni().defaultSubnets())
                .addKeyValue("cgroupDriver", config.runtime().cgroupDriver())
                .addKeyValue("logLevel", config.log().level())
                .addKeyValue("logFormat", config.log().format())
                .log("starting");
    }

    /** One that cannot be used keeps nobody from starting: it may be installed later. */
    private void warnOfHandlers() {
        for (OciHandler handler : handlers.list()) {
            handler.problem()
                    .ifPresent(
                            why ->
                                    log.atWarn()
                                            .addKeyValue("handler", handler.name())
                                            .addKeyValue("reason", why)
                                            .log("runtime handler cannot be used"));
        }
    }

    /** Only of Gantry's own: whoever configures one may not have come to that yet. */
    private void warnOfNetwork(PodNetwork network) {
        if (config.cni().defaultNetwork()) {
            PodNetwork.Readiness readiness = network.status();
            if (!readiness.ready()) {
                log.atWarn()
                        .addKeyValue("reason", readiness.message())
                        .log("pods cannot be connected");
            }
        }
    }

    private void logReady() {
        Instant now = clock.now();
        Instant begin = ProcessHandle.current().info().startInstant().orElse(now);
        log.atInfo()
                .addKeyValue("socket", config.socket())
                .addKeyValue("millis", Duration.between(begin, now).toMillis())
                .log("ready");
    }
}
