package io.gantry.e2e.harness;

import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The daemons that rules are shown on, each in a network namespace of its own and started when it
 * is asked for. One thread uses it.
 */
final class SubjectBed implements AutoCloseable {

    private static final String PARENT = "/gantry-e2e-peer-" + ProcessHandle.current().pid();

    private final TestBed bed;
    private @Nullable RunningNode gantry;
    private @Nullable Peer peer;
    private @Nullable Throwable failure;

    private record Peer(Containerd containerd, Cri cri, Registry registry) {}

    SubjectBed(TestBed bed) {
        this.bed = bed;
    }

    /** Gantry, whose pods have that handler; empty: the default. */
    Subject gantry(String handler) {
        if (gantry == null) {
            gantry = onlyOnce(() -> RunningNode.withHandlers(bed, List.of("runc")));
            useOnce(gantry, "runc");
        }
        RunningNode node = gantry;
        GantryDaemon daemon = node.daemon();
        return new Subject(
                handler.isEmpty() ? "gantry" : "gantry, handler " + handler,
                daemon.cri(),
                new Subject.Place(
                        node.registry(),
                        bed.images(),
                        node.network(),
                        node.home(),
                        node.leases(),
                        handler),
                () -> {
                    HostState before = HostState.of(daemon);
                    long pid = daemon.pid();
                    return () -> {
                        daemon.removeEverything();
                        HostLeakExtension.check(daemon, before, pid);
                    };
                });
    }

    /** What did not start once is not waited for by each scenario. */
    private <T> T onlyOnce(Supplier<T> start) {
        if (failure != null) {
            throw new IllegalStateException("a runtime did not start", failure);
        }
        try {
            return start.get();
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        }
    }

    /** So that what a handler makes at its first use is no difference that a scenario made. */
    private static void useOnce(RunningNode node, String handler) {
        Cri cri = node.daemon().cri();
        PodSandboxConfig pod = Requests.pod("warm-up", node.logs()).build();
        String sandbox = cri.runPod(pod, handler);
        String container =
                cri.create(sandbox, pod, Requests.script("c", node.image(), "sleep 1000").build());
        cri.start(container);
        cri.runtime()
                .exec(
                        ExecRequest.newBuilder()
                                .setContainerId(container)
                                .addCmd("/bin/true")
                                .setStdout(true)
                                .build());
        cri.removePod(sandbox);
    }

    /** Debian's containerd with its handler runc. */
    Subject containerd() {
        if (peer == null) {
            peer = onlyOnce(this::start);
        }
        Peer running = peer;
        Cri cri = running.cri;
        return new Subject(
                "containerd",
                cri,
                new Subject.Place(
                        running.registry,
                        bed.images(),
                        running.containerd.network(),
                        running.containerd.home(),
                        running.containerd.home().resolve("leases"),
                        ""),
                () -> () -> cri.pods().forEach(pod -> cri.removePod(pod.getId()))) {
            @Override
            public PodSandboxConfig.Builder pod(String name) {
                PodSandboxConfig.Builder pod = super.pod(name);
                pod.getLinuxBuilder().setCgroupParent(PARENT);
                return pod;
            }
        };
    }

    private Peer start() {
        NetworkNamespace network = NetworkNamespace.create();
        Registry registry = bed.registry().within(network);
        ImageLayout pause =
                bed.images()
                        .busybox("pause", Map.of("Entrypoint", List.of("/bin/sleep", "1000000")));
        Containerd containerd =
                Containerd.servingPods(bed.newHome(), network, registry.push(pause, "e2e/pause:1"));
        Cri cri = new Cri(containerd.socket());
        cri.pull(registry.reference(TestBed.BUSYBOX));
        return new Peer(containerd, cri, registry);
    }

    @Override
    public void close() {
        if (gantry != null) {
            gantry.close();
        }
        if (peer != null) {
            peer.cri.close();
            peer.containerd.close();
            peer.registry.close();
            peer.containerd.network().close();
            bed.discard(peer.containerd.home());
            removeCgroups();
        }
    }

    private static void removeCgroups() {
        Command.of(
                        "find",
                        "/sys/fs/cgroup",
                        "-depth",
                        "-type",
                        "d",
                        "-path",
                        "*" + PARENT + "*",
                        "-exec",
                        "rmdir",
                        "{}",
                        "+")
                .run();
    }
}
