package io.gantry.linux.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.security.LibseccompFilters;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimLauncher;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.SeccompLibrary;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A pod with a real shim, in which programs of this package run. Closing it ends everything. */
final class TestPod implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int SIGKILL = 9;
    private static final Path SHIM = Path.of("target/native/gantry-shim").toAbsolutePath();
    private static final String KEEPER = "keeper";

    private final Path directory;
    private final SandboxSetup setup;
    private final LaunchCompiler compiler;
    private final Shim shim;
    private final LinkedBlockingQueue<ProcessEntry> exits;

    private CgroupJoin join = CgroupJoin.NONE;
    private Optional<Path> cloneInto = Optional.empty();

    private TestPod(
            Path directory,
            SandboxSetup setup,
            LaunchCompiler compiler,
            Shim shim,
            LinkedBlockingQueue<ProcessEntry> exits) {
        this.exits = exits;
        this.directory = directory;
        this.setup = setup;
        this.compiler = compiler;
        this.shim = shim;
    }

    static TestPod open(Path directory, SandboxSetup setup) throws IOException {
        return open(directory, setup, KernelFeatures.probe(Syscalls.system()));
    }

    static TestPod open(Path directory, SandboxSetup setup, KernelFeatures features)
            throws IOException {
        LaunchCompiler compiler =
                new LaunchCompiler(
                        Host.of(Syscalls.system(), features),
                        new LibseccompFilters(SeccompLibrary.system(), Syscalls.system()));
        LaunchProgram program = compiler.sandbox(setup);
        Path socket = directory.resolve("shim.sock");
        try {
            new ShimLauncher(SHIM)
                    .launch(socket, directory.resolve("diagnostics"), program.encode());
        } catch (LaunchFailedException e) {
            throw new IOException(program.explain(e.op(), e.errno()), e);
        }
        Shim shim = Shim.connect(socket, TIMEOUT);
        TestPod pod = new TestPod(directory, setup, compiler, shim, new LinkedBlockingQueue<>());
        pod.shim.onExit(pod.exits::add);
        return pod;
    }

    /**
     * A pod with a user namespace; {@code setup} tells what else is made and where it is pinned.
     */
    static TestPod open(Path directory, SandboxSetup setup, IdMappings mappings)
            throws IOException, InterruptedException {
        TestPod pod = open(directory, setup.placement());
        Launch launch = pod.compiler.namespaces(setup.created());
        int keeper =
                pod.shim.start(
                        StartRequest.reaper(
                                KEEPER, launch.cloneFlags(), launch.program().encode()));
        IdMaps.write(keeper, mappings);
        SandboxSetup then = setup.in(new SandboxSetup.Users(keeper, mappings));
        LaunchProgram program = pod.compiler.sandbox(then);
        try {
            new ShimLauncher(SHIM).goOn(directory.resolve("shim.sock"), program.encode());
        } catch (LaunchFailedException e) {
            throw new IOException(program.explain(e.op(), e.errno()), e);
        } finally {
            pod.shim.signal(KEEPER, SIGKILL);
        }
        return new TestPod(directory, then, pod.compiler, pod.shim, pod.exits);
    }

    /** Puts what is started from here on into a cgroup. */
    TestPod into(CgroupJoin files, Optional<Path> directoryToCloneInto) {
        join = files;
        cloneInto = directoryToCloneInto;
        return this;
    }

    /** Runs a container to its end; what it wrote, as lines, and its exit code. */
    Result run(String id, Spec spec, List<Mount> rootfs) throws IOException, InterruptedException {
        start(id, spec, rootfs);
        return end(id);
    }

    /** Starts a container. A failure has the explanation of its program as its message. */
    int start(String id, Spec spec, List<Mount> rootfs) throws IOException {
        Launch launch = compiler.container(spec, rootfs, join);
        StartRequest request =
                new StartRequest(
                        id,
                        StartRequest.Placement.container(launch.cloneFlags(), cloneInto),
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        new StartRequest.Files(
                                Optional.of(log(id)), Optional.of(directory.resolve(id + ".exit"))),
                        launch.program().encode());
        try {
            return shim.start(request);
        } catch (LaunchFailedException e) {
            throw new IOException(explain(launch.program(), e), e);
        }
    }

    /** Has an OCI runtime start a container; its pid. */
    int startByRuntime(String id, RuntimeCall call) throws IOException {
        LaunchProgram program = compiler.runtime(call, RuntimeBundle.none());
        StartRequest request =
                new StartRequest(
                        id,
                        StartRequest.Placement.container(0, Optional.empty()),
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        new StartRequest.Files(
                                Optional.of(log(id)), Optional.of(directory.resolve(id + ".exit"))),
                        program.encode());
        try {
            return shim.start(request);
        } catch (LaunchFailedException e) {
            throw new IOException(explain(program, e), e);
        }
    }

    /** Waits for the end of a container; what it wrote, as lines, and its exit code. */
    Result end(String id) throws IOException, InterruptedException {
        int code = awaitExit(id);
        return new Result(code, output(id));
    }

    int shimPid() {
        return shim.pid();
    }

    /** Starts a container on a terminal and reads it to its end. */
    Result runOnTerminal(String id, Spec spec, List<Mount> rootfs) throws IOException {
        Launch launch = compiler.container(spec, rootfs, join);
        return stream(
                new StartRequest(
                        id,
                        StartRequest.Placement.container(launch.cloneFlags(), cloneInto),
                        new StartRequest.StandardIo(true, true, false),
                        StartRequest.Files.NONE,
                        launch.program().encode()),
                launch.program());
    }

    /** Runs a process in a container to its end. */
    Result exec(String id, String container, Process process, Spec spec, boolean terminal)
            throws IOException {
        LaunchProgram program = compiler.exec(process, spec, join);
        return stream(
                new StartRequest(
                        id,
                        StartRequest.Placement.exec(container, cloneInto),
                        new StartRequest.StandardIo(false, terminal, false),
                        StartRequest.Files.NONE,
                        program.encode()),
                program);
    }

    private Result stream(StartRequest request, LaunchProgram program) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ShimStream stream = shim.startStreaming(request)) {
            Optional<ShimStream.Event> event = stream.next();
            while (event.isPresent()) {
                switch (event.get()) {
                    case ShimStream.Output output -> out.writeBytes(output.bytes());
                    case ShimStream.Exited exited -> {
                        List<String> lines =
                                out.toString(UTF_8).lines().map(String::stripTrailing).toList();
                        return new Result(exited.entry().exitCode(), lines);
                    }
                }
                event = stream.next();
            }
            throw new IOException("stream of " + request.id() + " ended without an exit: " + out);
        } catch (LaunchFailedException e) {
            throw new IOException(explain(program, e), e);
        }
    }

    void kill(String id) throws IOException, InterruptedException {
        shim.signal(id, SIGKILL);
        awaitExit(id);
    }

    private int awaitExit(String id) throws IOException, InterruptedException {
        ProcessEntry entry;
        do {
            entry = exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            assertThat(entry).isNotNull();
        } while (!entry.id().equals(id));
        return ProcessEntry.readRecord(directory.resolve(id + ".exit")).orElseThrow().exitCode();
    }

    private static String explain(LaunchProgram program, LaunchFailedException e) {
        return e.stage() == LaunchFailedException.Stage.PROGRAM
                ? program.explain(e.op(), e.errno())
                : "before the program: " + e.getMessage();
    }

    private Path log(String id) {
        return directory.resolve(id + ".log");
    }

    private List<String> output(String id) throws IOException {
        return Files.readAllLines(log(id)).stream()
                .map(line -> line.replaceFirst("^\\S+ (stdout|stderr) [FP] ", ""))
                .toList();
    }

    @Override
    public void close() throws IOException {
        for (ProcessEntry entry : shim.list()) {
            if (entry.state() == ProcessEntry.State.RUNNING) {
                shim.signal(entry.id(), SIGKILL);
            }
        }
        try {
            while (shim.list().stream()
                    .anyMatch(entry -> entry.state() == ProcessEntry.State.RUNNING)) {
                assertThat(exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isNotNull();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        shim.shutdown();
        shim.close();
        Mounter mounter = new Mounter(Syscalls.system());
        for (String pin : setup.pins().values()) {
            mounter.unmount(Path.of(pin));
        }
        if (setup.shm().isPresent()) {
            mounter.unmount(Path.of(setup.shm().get().path()));
        }
    }

    /** How a process ended and what it wrote. */
    record Result(int code, List<String> lines) {}
}
