package io.gantry.e2e.harness;

import io.gantry.e2e.harness.GantryDaemon.Setup;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.engine.CreateContainerRequest;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A daemon that serves on directories of its own, with the image pulled and everything used once,
 * so that what is opened at the first use is no difference that a scenario made.
 */
final class RunningNode implements AutoCloseable {

    private final TestBed bed;
    private final Path home;
    private final @Nullable LoopDisk disk;
    private final NetworkNamespace network;
    private final Registry registry;
    private final GantryDaemon daemon;

    /** One in the network of this machine, with none for pods. */
    static RunningNode onMachine(TestBed bed) {
        return new RunningNode(bed, new Setup(bed.registry(), NetworkNamespace.HOST)).start();
    }

    /** One in a network namespace of its own, with a bridge for pods. */
    static RunningNode withPodNetwork(TestBed bed) {
        return withHandlers(bed, List.of());
    }

    /** The same, and its pods may ask for these OCI runtimes. */
    static RunningNode withHandlers(TestBed bed, List<String> handlers) {
        NetworkNamespace network = NetworkNamespace.create();
        Registry registry = bed.registry().within(network);
        RunningNode node = new RunningNode(bed, new Setup(registry, network, "", handlers));
        PodNetworkConfig.bridge(node.leases()).write(node.daemon.cniConfig());
        return node.start();
    }

    /** One in a network namespace of its own, with lines for the table cni of its configuration. */
    static RunningNode withCni(TestBed bed, String lines) {
        NetworkNamespace network = NetworkNamespace.create();
        Registry registry = bed.registry().within(network);
        return new RunningNode(bed, new Setup(registry, network, lines, List.of())).start();
    }

    /**
     * One in the network of this machine whose file system maps ids: where a tmpfs cannot, which is
     * before Linux 6.3, on a disk of its own.
     */
    static RunningNode mappingIds(TestBed bed) {
        Path home = bed.newHome();
        LoopDisk disk = mapsIds(home) ? null : new LoopDisk(bed.newHome().resolve("disk"), home);
        return new RunningNode(bed, new Setup(bed.registry(), NetworkNamespace.HOST), home, disk)
                .start();
    }

    private static boolean mapsIds(Path home) {
        String type = Command.of("stat", "-f", "-c", "%T", home.toString()).run().orThrow();
        String[] release = System.getProperty("os.version").split("\\.", -1);
        int version = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
        return !type.strip().equals("tmpfs") || version >= 6003;
    }

    private RunningNode(TestBed bed, Setup setup) {
        this(bed, setup, bed.newHome(), null);
    }

    private RunningNode(TestBed bed, Setup setup, Path home, @Nullable LoopDisk disk) {
        this.bed = bed;
        this.home = home;
        this.disk = disk;
        this.network = setup.network();
        this.registry = setup.registry();
        this.daemon = new GantryDaemon(home, setup);
    }

    private RunningNode start() {
        daemon.start();
        Cri cri = daemon.cri();
        cri.pull(image());
        PodSandboxConfig pod = Requests.pod("warm-up", logs()).build();
        String sandbox = cri.runPod(pod);
        ContainerConfig config = Requests.script("c", image(), "sleep 1000").build();
        String container = cri.create(sandbox, pod, config);
        cri.start(container);
        cri.shell(container, "true");
        cri.stop(container, 0);
        cri.removePod(sandbox);
        CreateContainerRequest own = CreateContainerRequest.newBuilder().setImage(image()).build();
        cri.removeOwnContainer(cri.engine().createContainer(own).getId());
        return this;
    }

    GantryDaemon daemon() {
        return daemon;
    }

    String image() {
        return registry.reference(TestBed.BUSYBOX);
    }

    Registry registry() {
        return registry;
    }

    NetworkNamespace network() {
        return network;
    }

    Path home() {
        return home;
    }

    Path leases() {
        return home.resolve("leases");
    }

    Path logs() {
        return home.resolve("logs");
    }

    @Override
    public void close() {
        if (!daemon.isAlive()) {
            daemon.start();
        }
        daemon.removeEverything();
        daemon.close();
        if (network != NetworkNamespace.HOST) {
            registry.close();
            network.close();
        }
        if (disk != null) {
            disk.close();
        }
        bed.discard(home);
    }
}
