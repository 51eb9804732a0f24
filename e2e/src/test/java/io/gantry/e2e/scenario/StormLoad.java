package io.gantry.e2e.scenario;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.StartContainerRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client that makes and removes things over and over, and takes the death of the daemon in the
 * midst of a call as it comes. What it lost track of it removes when the daemon is there again.
 */
final class StormLoad {

    /** What a call may be answered with when the daemon died in it, or in the one before. */
    private static final Set<Status.Code> OF_DEATH =
            EnumSet.of(
                    Status.Code.UNAVAILABLE,
                    Status.Code.CANCELLED,
                    Status.Code.NOT_FOUND,
                    Status.Code.ALREADY_EXISTS,
                    Status.Code.FAILED_PRECONDITION);

    private static final Duration PATIENCE = Duration.ofMillis(20);

    private final Node node;
    private final String name;
    private final Random random;
    private final Round round;
    private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
    private volatile boolean over;
    private final AtomicInteger rounds = new AtomicInteger();
    private Thread thread;

    @FunctionalInterface
    private interface Round {
        void run(StormLoad load, Cri cri, int number);
    }

    private StormLoad(Node node, String name, long seed, Round round) {
        this.node = node;
        this.name = name;
        this.random = new Random(seed);
        this.round = round;
    }

    /** One that makes pods with containers, as a kubelet. */
    static StormLoad pods(Node node, int number, long seed) {
        return new StormLoad(node, "load-" + number, seed, StormLoad::podRound);
    }

    /** One that pulls and removes an image and runs Gantry's own containers of it. */
    static StormLoad engine(Node node, int number, long seed) {
        return new StormLoad(node, "load-" + number, seed, StormLoad::engineRound);
    }

    void start() {
        thread = Thread.ofPlatform().name(name).start(this::work);
    }

    /** Waits for the end of the round under way; the daemon has to be ready. */
    void finish() {
        over = true;
        try {
            thread.join(Await.seconds(60));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            complaints.add(name + " hangs");
        }
    }

    /** Failures that no death explains. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** How often everything went well. */
    int rounds() {
        return rounds.get();
    }

    private void work() {
        for (int number = 0; !over; number++) {
            try {
                round.run(this, node.cri(), number);
                rounds.incrementAndGet();
            } catch (StatusRuntimeException e) {
                Status status = e.getStatus();
                if (!OF_DEATH.contains(status.getCode())) {
                    complaints.add(name + ": " + status);
                }
                Await.pass(PATIENCE);
            }
        }
    }

    private void podRound(Cri cri, int number) {
        removeOwnPods(cri);
        pullOnce(cri, node.image());
        PodSandboxConfig pod =
                node.pod(name + "-" + number)
                        .putLabels("load", name)
                        .setLogDirectory(node.logs().resolve(name).toString())
                        .build();
        String sandbox = cri.runPod(pod);
        int containers = 1 + random.nextInt(2);
        for (int i = 0; i < containers; i++) {
            String script = random.nextBoolean() ? "sleep 1000" : "exit 3";
            ContainerConfig.Builder config = Requests.script("c" + i, node.image(), script);
            if (random.nextBoolean()) {
                config.addMounts(Requests.imageVolume(node.image(), "data", "/mnt/image"));
            }
            String container = cri.create(sandbox, pod, config.build());
            cri.start(container);
            if (random.nextBoolean()) {
                cri.stop(container, 0);
            }
            if (random.nextBoolean()) {
                cri.remove(container);
            }
        }
        if (random.nextBoolean()) {
            cri.stopPod(sandbox);
        }
        cri.removePod(sandbox);
    }

    private void removeOwnPods(Cri cri) {
        PodSandboxFilter own = PodSandboxFilter.newBuilder().putLabelSelector("load", name).build();
        cri.runtime()
                .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(own).build())
                .getItemsList()
                .forEach(pod -> cri.removePod(pod.getId()));
    }

    private static void pullOnce(Cri cri, String image) {
        if (cri.imageStatus(image).isEmpty()) {
            cri.pull(image);
        }
    }

    private void engineRound(Cri cri, int number) {
        cri.ownContainers().forEach(cri::removeOwnContainer);
        String image = node.bed().defaults();
        cri.pull(image);
        CreateContainerRequest.Builder request =
                CreateContainerRequest.newBuilder()
                        .setImage(image)
                        .setName(name + "-" + number)
                        .setRemoveOnExit(random.nextBoolean());
        request.addAllCommand(List.of("/bin/sleep", random.nextBoolean() ? "0" : "1000"));
        String container = cri.engine().createContainer(request.build()).getId();
        cri.engine().startContainer(StartContainerRequest.newBuilder().setId(container).build());
        if (random.nextBoolean()) {
            cri.removeOwnContainer(container);
        }
        cri.removeImage(image);
    }
}
