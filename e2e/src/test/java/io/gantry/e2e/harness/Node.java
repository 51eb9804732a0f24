package io.gantry.e2e.harness;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.engine.CreateContainerRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** A daemon for the scenarios of one class, with the image pulled and everything used once. */
public final class Node implements BeforeAllCallback, AfterAllCallback {

    private final boolean networked;
    private TestBed bed;
    private Path home;
    private NetworkNamespace network = NetworkNamespace.HOST;
    private Registry registry;
    private GantryDaemon daemon;

    /** One in the network of this machine, with none for pods. */
    public Node() {
        this(false);
    }

    private Node(boolean networked) {
        this.networked = networked;
    }

    /**
     * One in a network namespace of its own, where pods have a bridge and the machine sees none.
     */
    public static Node withPodNetwork() {
        return new Node(true);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        bed =
                context.getRoot()
                        .getStore(Namespace.GLOBAL)
                        .getOrComputeIfAbsent(TestBed.class, _ -> new TestBed(), TestBed.class);
        home = bed.newHome();
        registry = bed.registry();
        if (networked) {
            network = NetworkNamespace.create();
            registry = bed.registry().within(network);
        }
        daemon = new GantryDaemon(home, new GantryDaemon.Setup(registry, network));
        if (networked) {
            PodNetworkConfig.bridge(leases()).write(daemon.cniConfig());
        }
        daemon.start();
        warmUp();
    }

    /** So that what is opened at the first use is no difference that a scenario made. */
    private void warmUp() {
        Cri cri = daemon.cri();
        cri.pull(image());
        PodSandboxConfig pod = pod("warm-up").build();
        String sandbox = cri.runPod(pod);
        ContainerConfig config = Requests.script("c", image(), "sleep 1000").build();
        String container = cri.create(sandbox, pod, config);
        cri.start(container);
        cri.shell(container, "true");
        cri.stop(container, 0);
        cri.removePod(sandbox);
        CreateContainerRequest own = CreateContainerRequest.newBuilder().setImage(image()).build();
        cri.removeOwnContainer(cri.engine().createContainer(own).getId());
    }

    public GantryDaemon daemon() {
        return daemon;
    }

    public Cri cri() {
        return daemon.cri();
    }

    /** The packaged client, pointed at the daemon. */
    public Client client() {
        return daemon.client();
    }

    public TestBed bed() {
        return bed;
    }

    /** The image, by its tag. */
    public String image() {
        return registry.reference(TestBed.BUSYBOX);
    }

    /** Where addresses of pods are noted down, in a pod network. */
    public Path leases() {
        return home.resolve("leases");
    }

    /** Where containers log. */
    public Path logs() {
        return home.resolve("logs");
    }

    /** A directory for files of scenarios. */
    public Path home() {
        return home;
    }

    public PodSandboxConfig.Builder pod(String name) {
        return Requests.pod(name, logs());
    }

    /** A running container that does nothing, in a pod of its own. */
    public String idle(String name) {
        return run(name, "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done");
    }

    /** A started container that runs a script, in a pod of its own. */
    public String run(String name, String script) {
        return run(pod(name).build(), Requests.script("c", image(), script).build());
    }

    /** A started container in a new pod. */
    public String run(PodSandboxConfig pod, ContainerConfig config) {
        String sandbox = cri().runPod(pod);
        String container = cri().create(sandbox, pod, config);
        cri().start(container);
        return container;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (daemon == null) {
            return;
        }
        if (!daemon.isAlive()) {
            daemon.start();
        }
        daemon.removeEverything();
        daemon.close();
        if (networked) {
            registry.close();
            network.close();
        }
        bed.discard(home);
    }
}
