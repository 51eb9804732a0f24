package io.gantry.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A runtime that a {@link Rule} is shown on: a daemon, and the handler that its pods have. */
public class Subject {

    /** A process that does nothing and ends when it is asked to. */
    public static final String IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    private final String name;
    private final Cri cri;
    private final Place place;
    private final Watch watch;
    private Path logs;

    /**
     * Where it is.
     *
     * @param registry that it may pull from
     * @param images that may be pushed there
     * @param home directory for files of scenarios
     * @param leases where addresses of pods are noted down
     * @param handler of its pods
     */
    record Place(
            Registry registry,
            TestImages images,
            NetworkNamespace network,
            Path home,
            Path leases,
            String handler) {}

    /** Remembers what there is before a scenario, and cleans up and compares after it. */
    @FunctionalInterface
    interface Watch {
        Cleanup begin();
    }

    /** What comes after a scenario. */
    @FunctionalInterface
    interface Cleanup extends AutoCloseable {
        @Override
        void close();
    }

    Subject(String name, Cri cri, Place place, Watch watch) {
        this.name = name;
        this.cri = cri;
        this.place = place;
        this.watch = watch;
        this.logs = place.home.resolve("logs");
    }

    /** Begins a scenario, whose containers log below a directory of their own. */
    Cleanup watch() {
        logs = directory("logs");
        return watch.begin();
    }

    public Cri cri() {
        return cri;
    }

    /** Whether it is Gantry, whose codes and words are held to what they are. */
    public boolean isGantry() {
        return name.startsWith("gantry");
    }

    /** The handler that its pods ask for; empty: the default. */
    public String handler() {
        return place.handler;
    }

    public Registry registry() {
        return place.registry;
    }

    /** Images that may be pushed there. */
    public TestImages images() {
        return place.images;
    }

    public NetworkNamespace network() {
        return place.network;
    }

    /** Where addresses of pods are noted down. */
    public Path leases() {
        return place.leases;
    }

    /** The image that is there already, by its tag. */
    public String image() {
        return place.registry.reference(TestBed.BUSYBOX);
    }

    /** Where a container of a pod logs, unless it is told otherwise. */
    public Path log(String pod, String container) {
        return logs.resolve(pod).resolve(container + ".log");
    }

    /** A fresh directory. */
    public Path directory(String name) {
        try {
            return Files.createTempDirectory(place.home, name).toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pod to be asked for. */
    public PodSandboxConfig.Builder pod(String name) {
        try {
            Files.createDirectories(logs.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Requests.pod(name, logs);
    }

    /** A container that runs a shell script, to be asked for. */
    public ContainerConfig.Builder script(String name, String script) {
        return Requests.script(name, image(), script);
    }

    /** A container that does nothing, to be asked for. */
    public ContainerConfig.Builder idle(String name) {
        return script(name, IDLE);
    }

    /** A running pod, of the handler of the subject. */
    public String runPod(PodSandboxConfig pod) {
        return cri.runPod(pod, place.handler);
    }

    /** A started container in a new pod. */
    public String run(PodSandboxConfig pod, ContainerConfig container) {
        String sandbox = runPod(pod);
        String id = cri.create(sandbox, pod, container);
        cri.start(id);
        return id;
    }

    /** A started container in a new pod of that name. */
    public String run(String pod, ContainerConfig.Builder container) {
        return run(pod(pod).build(), container.build());
    }

    /** A started container that does nothing, in a pod of its own. */
    public String runIdle(String pod) {
        return run(pod, idle("c"));
    }

    /** What a container printed until it ended. */
    public String outputOf(String pod, ContainerConfig.Builder container) {
        String id = run(pod, container);
        cri.awaitExit(id);
        Path log = log(pod, container.getMetadata().getName());
        StringBuilder text = new StringBuilder();
        Texts.read(log).lines().forEach(line -> text.append(line.split(" ", 4)[3]).append('\n'));
        Texts.delete(log);
        return text.toString();
    }

    /**
     * A call has to fail. The code and the words are Gantry's; of another runtime no more is asked
     * than that it refuses too.
     */
    public void refuses(Status.Code code, ThrowingCallable call, CharSequence... words) {
        Throwable failure = catchThrowable(call);
        assertThat(failure).as("what is to be refused").isNotNull();
        if (isGantry()) {
            Status status = Status.fromThrowable(failure);
            assertThat(status.getCode()).as("code of %s", status).isEqualTo(code);
            assertThat(List.of(words))
                    .allSatisfy(word -> assertThat(status.getDescription()).contains(word));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
