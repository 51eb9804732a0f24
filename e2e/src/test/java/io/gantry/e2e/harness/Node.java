package io.gantry.e2e.harness;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/** The daemon that the scenarios of a class use, with the image pulled. */
public final class Node implements BeforeAllCallback, AfterAllCallback {

    private final Function<TestBed, RunningNode> maker;
    private final boolean shared;
    private TestBed bed;
    private RunningNode running;

    private Node(Function<TestBed, RunningNode> maker, boolean shared) {
        this.maker = maker;
        this.shared = shared;
    }

    /** One for all classes that let it live. */
    public static Node shared() {
        return new Node(RunningNode::onMachine, true);
    }

    /** One of its own, to be ended and started at will. */
    public static Node own() {
        return new Node(RunningNode::onMachine, false);
    }

    /** One of its own on a file system that maps ids, as pods with user namespaces need it. */
    public static Node mappingIds() {
        return new Node(RunningNode::mappingIds, false);
    }

    /** One of its own inside a network namespace, where pods have a bridge. */
    public static Node withPodNetwork() {
        return new Node(RunningNode::withPodNetwork, false);
    }

    /** One of its own inside a network namespace, with lines for the table cni of its file. */
    public static Node withCni(String lines) {
        return new Node(bed -> RunningNode.withCni(bed, lines), false);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Store store = context.getRoot().getStore(Namespace.GLOBAL);
        bed = bed(context);
        running =
                shared
                        ? store.getOrComputeIfAbsent(
                                RunningNode.class, _ -> maker.apply(bed), RunningNode.class)
                        : maker.apply(bed);
        // A class before this one may have removed it.
        cri().pull(image());
    }

    /** What all scenarios share. */
    static TestBed bed(ExtensionContext context) {
        return context.getRoot()
                .getStore(Namespace.GLOBAL)
                .getOrComputeIfAbsent(TestBed.class, _ -> new TestBed(), TestBed.class);
    }

    public GantryDaemon daemon() {
        return running.daemon();
    }

    public Cri cri() {
        return daemon().cri();
    }

    /** The packaged client, pointed at the daemon. */
    public Client client() {
        return daemon().client();
    }

    public TestBed bed() {
        return bed;
    }

    /** The image, by its tag. */
    public String image() {
        return running.image();
    }

    /** Where addresses of pods are noted down, in a pod network. */
    public Path leases() {
        return running.leases();
    }

    /** Where containers log. */
    public Path logs() {
        return running.logs();
    }

    /** A directory for files of scenarios. */
    public Path home() {
        return running.home();
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
        if (running != null && !shared) {
            running.close();
        }
    }
}
