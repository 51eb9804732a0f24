package io.gantry.linux.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real shim, with programs on the host's own root. */
@Tag("privileged")
@Timeout(180)
final class ShimPrivilegedIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final long CLONE_NEWPID = 0x20000000L;
    private static final int ENOENT = 2;
    private static final int ESRCH = 3;
    private static final int EBUSY = 16;
    private static final int EEXIST = 17;
    private static final int SIGKILL = 9;

    @TempDir private Path directory;

    private final LinkedBlockingQueue<ProcessEntry> exits = new LinkedBlockingQueue<>();
    private Path socket;
    private int pid;
    private Shim shim;

    @BeforeEach
    void launch() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        socket = directory.resolve("shim.sock");
        shim = launched(TestPrograms.setUp());
    }

    @AfterEach
    void shutDown() throws IOException, InterruptedException {
        for (ProcessEntry entry : shim.list()) {
            if (entry.state() == ProcessEntry.State.RUNNING) {
                shim.signal(entry.id(), SIGKILL);
                exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
        }
        shim.shutdown();
        shim.close();
        assertThat(socket).doesNotExist();
        awaitEnd(pid);
    }

    /** Whose child it is may reap it late, so a zombie has ended too. */
    private static void awaitEnd(long process) throws InterruptedException {
        Deadline deadline = Deadline.after(TIMEOUT, Clock.SYSTEM);
        while (runs(process)) {
            deadline.check("waiting for the end of process " + process);
            Clock.SYSTEM.sleep(Duration.ofMillis(5));
        }
    }

    private static boolean runs(long process) {
        try {
            return !Files.readString(Path.of("/proc/" + process + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    private Shim launched(byte[] setup) throws IOException {
        pid =
                new ShimLauncher(Path.of("target/native/gantry-shim").toAbsolutePath())
                        .launch(socket, directory.resolve("diagnostics"), setup);
        return connected();
    }

    private Shim connected() throws IOException {
        Shim connection = Shim.connect(socket, TIMEOUT);
        connection.onExit(exits::add);
        return connection;
    }

    private StartRequest container(String id, byte[] program) {
        return container(id, 0, StartRequest.StandardIo.OUTPUT_ONLY, program);
    }

    private StartRequest container(
            String id, long cloneFlags, StartRequest.StandardIo io, byte[] program) {
        return new StartRequest(
                id,
                StartRequest.Placement.container(cloneFlags, Optional.empty()),
                io,
                new StartRequest.Files(Optional.of(log(id)), Optional.of(exitRecord(id))),
                program);
    }

    private static StartRequest exec(
            String id, String target, StartRequest.StandardIo io, byte[] program) {
        return new StartRequest(
                id,
                StartRequest.Placement.exec(target, Optional.empty()),
                io,
                StartRequest.Files.NONE,
                program);
    }

    private Path log(String id) {
        return directory.resolve(id + ".log");
    }

    private Path exitRecord(String id) {
        return directory.resolve(id + ".exit");
    }

    private List<String> logged(String id) throws IOException {
        return Files.readAllLines(log(id)).stream()
                .map(
                        line -> {
                            assertThat(line)
                                    .matches(
                                            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z"
                                                    + " .*");
                            return line.substring(31);
                        })
                .toList();
    }

    private void awaitLogged(String id) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(TIMEOUT, Clock.SYSTEM);
        while (Files.size(log(id)) == 0) {
            deadline.check("waiting for a line in " + log(id));
            Clock.SYSTEM.sleep(Duration.ofMillis(5));
        }
    }

    private ProcessEntry awaitExit(String id) throws InterruptedException {
        ProcessEntry entry = exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(entry).as("exit of " + id).isNotNull();
        assertThat(entry.id()).isEqualTo(id);
        return entry;
    }

    /** Reads a stream to its end; what came on both outputs, and the last event. */
    private static Transcript transcript(ShimStream stream) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        while (true) {
            switch (stream.next().orElseThrow()) {
                case ShimStream.Output output ->
                        (output.fd() == 1 ? out : err).writeBytes(output.bytes());
                case ShimStream.Exited exited -> {
                    assertThat(stream.next()).isEmpty();
                    return new Transcript(out.toString(UTF_8), err.toString(UTF_8), exited.entry());
                }
            }
        }
    }

    private record Transcript(String out, String err, ProcessEntry exited) {}

    private static void readUntil(ShimStream stream, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            if (stream.next().orElseThrow() instanceof ShimStream.Output output) {
                read.append(new String(output.bytes(), UTF_8));
            }
        }
    }

    @Test
    void logHasEveryLineOfBothStreamsAndMarksParts() throws Exception {
        // It writes on as what came before is read: two pipes keep no order between each other.
        StartRequest request =
                container(
                        "a",
                        0,
                        new StartRequest.StandardIo(true, false, false),
                        TestPrograms.shell(
                                "printf 'one\\n\\ntwo\\n'; read x; echo oops >&2; read x;"
                                        + " head -c 20000 /dev/zero | tr '\\0' x"));
        try (ShimStream stream = shim.startStreaming(request)) {
            readUntil(stream, "two\n");
            stream.write("\n".getBytes(UTF_8));
            readUntil(stream, "oops\n");
            stream.write("\n".getBytes(UTF_8));
            // Only the end of a stream says that all output was written.
            transcript(stream);
        }
        assertThat(logged("a"))
                .containsExactly(
                        "stdout F one",
                        "stdout F ",
                        "stdout F two",
                        "stderr F oops",
                        "stdout P " + "x".repeat(16384),
                        "stdout P " + "x".repeat(3616));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log("a"))))
                .startsWith("rw-");
        awaitExit("a");
    }

    @Test
    void exitCodeIsRecordedBeforeItIsTold() throws Exception {
        int started = shim.start(container("a", TestPrograms.shell("exit 7")));
        ProcessEntry entry = awaitExit("a");
        ProcessEntry exit = ProcessEntry.readRecord(exitRecord("a")).orElseThrow();
        assertThat(exit).isEqualTo(entry);
        assertThat(exit.exitCode()).isEqualTo(7);
        assertThat(exit.signal()).isZero();
        assertThat(exit.pid()).isEqualTo(started);
        assertThat(exit.finished().orElseThrow()).isAfter(exit.started());
        assertThat(shim.list()).containsExactly(entry);
    }

    @Test
    void deathBySignalIsCodeAndSignal() throws Exception {
        shim.start(container("a", TestPrograms.execute("/bin/sleep", "1000")));
        shim.signal("a", 15);
        ProcessEntry entry = awaitExit("a");
        assertThat(entry.signal()).isEqualTo(15);
        assertThat(entry.exitCode()).isEqualTo(143);
        ShimException late = catchThrowableOfType(ShimException.class, () -> shim.signal("a", 15));
        assertThat(late.errno()).isEqualTo(ESRCH);
    }

    @Test
    void failingOpIsNamedAndLeavesNothing() throws Exception {
        LaunchFailedException failure =
                catchThrowableOfType(
                        LaunchFailedException.class,
                        () -> shim.start(container("a", TestPrograms.failing())));
        assertThat(failure.stage()).isEqualTo(LaunchFailedException.Stage.PROGRAM);
        assertThat(failure.op()).isEqualTo(1);
        assertThat(failure.errno()).isEqualTo(ENOENT);
        assertThat(shim.list()).isEmpty();
        assertThat(exitRecord("a")).doesNotExist();
        shim.start(container("a", TestPrograms.shell("true")));
        awaitExit("a");
    }

    @Test
    void missingBinaryIsTheExecOpsFailure() {
        LaunchFailedException failure =
                catchThrowableOfType(
                        LaunchFailedException.class,
                        () -> shim.start(container("a", TestPrograms.execute("/nonexistent"))));
        assertThat(failure.stage()).isEqualTo(LaunchFailedException.Stage.PROGRAM);
        assertThat(failure.op()).isZero();
        assertThat(failure.errno()).isEqualTo(ENOENT);
    }

    @Test
    void unwritableLogFailsBeforeTheProgram() {
        StartRequest request =
                new StartRequest(
                        "a",
                        StartRequest.Placement.container(0, Optional.empty()),
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        new StartRequest.Files(
                                Optional.of(directory.resolve("none/log")), Optional.empty()),
                        TestPrograms.shell("true"));
        LaunchFailedException failure =
                catchThrowableOfType(LaunchFailedException.class, () -> shim.start(request));
        assertThat(failure.stage()).isEqualTo(LaunchFailedException.Stage.PREPARATION);
        assertThat(failure).hasMessageContaining("open log " + directory.resolve("none/log"));
    }

    @Test
    void idInUseIsRefused() throws Exception {
        shim.start(container("a", TestPrograms.shell("true")));
        awaitExit("a");
        LaunchFailedException failure =
                catchThrowableOfType(
                        LaunchFailedException.class,
                        () -> shim.start(container("a", TestPrograms.shell("true"))));
        assertThat(failure.errno()).isEqualTo(EEXIST);
        shim.forget("a");
        assertThat(shim.list()).isEmpty();
    }

    @Test
    void streamingExecEchoesItsInput() throws Exception {
        shim.start(container("c", TestPrograms.execute("/bin/sleep", "1000")));
        StartRequest cat =
                exec(
                        "e",
                        "c",
                        new StartRequest.StandardIo(true, false, true),
                        TestPrograms.shellInTarget("cat; echo done >&2; exit 3"));
        byte[] large = "0123456789abcdef".repeat(64 << 10).getBytes(UTF_8);
        try (ShimStream stream = shim.startStreaming(cat)) {
            Thread writer =
                    Tasks.start(
                            "writer",
                            () -> {
                                try {
                                    stream.write(large);
                                    stream.closeStdin();
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
            Transcript transcript = transcript(stream);
            writer.join();
            assertThat(transcript.out()).isEqualTo(new String(large, UTF_8));
            assertThat(transcript.err()).isEqualTo("done\n");
            assertThat(transcript.exited().exitCode()).isEqualTo(3);
            assertThat(transcript.exited().target()).isEqualTo("c");
        }
        awaitExit("e");
    }

    @Test
    void execEndsThoughItsChildHoldsThePipe() throws Exception {
        shim.start(container("c", TestPrograms.execute("/bin/sleep", "1000")));
        StartRequest request =
                exec(
                        "e",
                        "c",
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        TestPrograms.shell("sleep 30 & echo $!; exit 0"));
        try (ShimStream stream = shim.startStreaming(request)) {
            Transcript transcript = transcript(stream);
            ProcessHandle.of(Long.parseLong(transcript.out().strip()))
                    .orElseThrow()
                    .destroyForcibly();
        }
        awaitExit("e");
    }

    @Test
    void execWhoseClientDoesNotReadIsHeldBackAndLosesNothing() throws Exception {
        shim.start(container("c", TestPrograms.execute("/bin/sleep", "1000")));
        StartRequest request =
                exec(
                        "e",
                        "c",
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        TestPrograms.shell("head -c 8000000 /dev/zero; echo end >&2"));
        try (ShimStream stream = shim.startStreaming(request)) {
            assertThat(exits.poll(300, TimeUnit.MILLISECONDS)).isNull();
            Transcript transcript = transcript(stream);
            assertThat(transcript.out()).hasSize(8_000_000);
            assertThat(transcript.err()).isEqualTo("end\n");
        }
        awaitExit("e");
    }

    @Test
    void terminalTakesASizeEchoesAndHangsUp() throws Exception {
        StartRequest request =
                container(
                        "t",
                        0,
                        new StartRequest.StandardIo(true, true, false),
                        TestPrograms.shellOnTerminal(
                                "stty size; read line; stty size; echo got $line; cat; exit 5"));
        try (ShimStream stream = shim.startStreaming(request)) {
            readUntil(stream, "0 0\r\n");
            shim.resize("t", 30, 100);
            stream.write("hello\n".getBytes(UTF_8));
            readUntil(stream, "30 100\r\ngot hello\r\n");
            stream.closeStdin();
            Transcript transcript = transcript(stream);
            assertThat(transcript.exited().exitCode()).isEqualTo(5);
        }
        awaitExit("t");
        assertThat(logged("t")).contains("stdout F 0 0");
    }

    /** Writes until nothing was taken for a second: the stream is full, and so is the terminal. */
    private static byte[] fillTerminal(Path counted) {
        return TestPrograms.shellOnTerminal(
                """
                exec perl -MFcntl -e '
                    fcntl STDOUT, F_SETFL, O_RDWR | O_NONBLOCK or die;
                    for (my $idle = 0; $idle < 20; $idle++) {
                        while (my $count = syswrite STDOUT, "x" x 1000) { $all += $count; $idle = 0 }
                        select undef, undef, undef, 0.05;
                    }
                    open my $file, ">", "%s" or die;
                    print $file $all;'
                """
                        .formatted(counted));
    }

    @Test
    void whatATerminalHoldsAtTheEndOfAnExecReachesAClientThatReadsLate() throws Exception {
        shim.start(container("c", TestPrograms.execute("/bin/sleep", "1000")));
        Path counted = directory.resolve("counted");
        StartRequest request =
                exec(
                        "e",
                        "c",
                        new StartRequest.StandardIo(false, true, false),
                        fillTerminal(counted));
        try (ShimStream stream = shim.startStreaming(request)) {
            awaitExit("e");
            // Longer than a terminal that somebody still holds is kept.
            Clock.SYSTEM.sleep(Duration.ofMillis(300));
            int delivered = transcript(stream).out().length();
            assertThat(delivered).isEqualTo(Integer.parseInt(Files.readString(counted)));
        }
    }

    @Test
    void execOnATerminalEndsThoughItsChildGoesOnWriting() throws Exception {
        shim.start(container("c", TestPrograms.execute("/bin/sleep", "1000")));
        Path child = directory.resolve("child");
        StartRequest request =
                exec(
                        "e",
                        "c",
                        new StartRequest.StandardIo(false, true, false),
                        TestPrograms.shellOnTerminal(
                                "trap '' HUP; yes & echo $! > " + child + "; exit 4"));
        try (ShimStream stream = shim.startStreaming(request)) {
            assertThat(transcript(stream).exited().exitCode()).isEqualTo(4);
        } finally {
            ProcessHandle.of(Long.parseLong(Files.readString(child).strip()))
                    .ifPresent(ProcessHandle::destroyForcibly);
        }
        awaitExit("e");
    }

    @Test
    void reopenedLogGetsWhatComesLater() throws Exception {
        StartRequest request =
                container(
                        "a",
                        0,
                        new StartRequest.StandardIo(true, false, true),
                        TestPrograms.execute("/bin/cat"));
        Path old = directory.resolve("a.log.1");
        try (ShimStream stream = shim.startStreaming(request)) {
            stream.write("before\n".getBytes(UTF_8));
            readUntil(stream, "before\n");
            Files.move(log("a"), old);
            shim.reopenLog("a");
            stream.write("after\n".getBytes(UTF_8));
            stream.closeStdin();
            transcript(stream);
        }
        awaitExit("a");
        assertThat(Files.readString(old)).endsWith(" stdout F before\n");
        assertThat(logged("a")).containsExactly("stdout F after");
    }

    @Test
    void processOutlivesItsClientAndLogIsComplete() throws Exception {
        Path go = directory.resolve("go");
        shim.start(
                container(
                        "a",
                        TestPrograms.shell(
                                "i=0; while [ $i -lt 25 ]; do echo $i; i=$((i+1)); done;"
                                        + " while ! [ -e "
                                        + go
                                        + " ]; do sleep 0.01; done;"
                                        + " while [ $i -lt 50 ]; do echo $i; i=$((i+1)); done")));
        shim.close();
        shim = connected();
        assertThat(shim.list())
                .singleElement()
                .satisfies(
                        entry -> {
                            assertThat(entry.id()).isEqualTo("a");
                            assertThat(entry.state()).isEqualTo(ProcessEntry.State.RUNNING);
                        });
        try (ShimStream stream = shim.attach(new AttachRequest("a", false, true, false))) {
            Files.createFile(go);
            transcript(stream);
        }
        assertThat(logged("a"))
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "stdout F " + i).toList());
    }

    @Test
    void newPidNamespaceAndExecIntoIt() throws Exception {
        shim.start(
                container(
                        "c",
                        CLONE_NEWPID,
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        TestPrograms.shell("echo $$; sleep 1000")));
        try (ShimStream stream =
                shim.startStreaming(
                        exec(
                                "e",
                                "c",
                                StartRequest.StandardIo.OUTPUT_ONLY,
                                TestPrograms.shell("echo $$; kill -9 1; exit 0")))) {
            Transcript transcript = transcript(stream);
            assertThat(Integer.parseInt(transcript.out().strip())).isBetween(2, 20);
        }
        awaitExit("e");
        // The container may be slower to speak than an exec into it is to come and go.
        awaitLogged("c");
        shim.signal("c", SIGKILL);
        awaitExit("c");
        assertThat(logged("c")).containsExactly("stdout F 1");
    }

    @Test
    void podWithReaperSharesItsPidNamespace() throws Exception {
        int reaper = shim.start(reaper());
        StartRequest request =
                new StartRequest(
                        "a",
                        StartRequest.Placement.containerWith("reaper", 0, Optional.empty()),
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        StartRequest.Files.NONE,
                        TestPrograms.shell(
                                "echo $$; (sleep 0.1 &) ; sleep 0.3; kill -TERM 1; echo ok"));
        try (ShimStream stream = shim.startStreaming(request)) {
            assertThat(transcript(stream).out()).matches("[2-9]\nok\n");
        }
        awaitExit("a");
        assertThat(runs(reaper)).isTrue();
        shim.signal("reaper", SIGKILL);
        assertThat(awaitExit("reaper").kind()).isEqualTo(ProcessEntry.Kind.REAPER);
        ShimException gone =
                catchThrowableOfType(ShimException.class, () -> shim.start(withReaper("b")));
        assertThat(gone.errno()).isEqualTo(ESRCH);
    }

    private static StartRequest reaper() {
        return StartRequest.reaper("reaper", CLONE_NEWPID, TestPrograms.silence());
    }

    private static StartRequest withReaper(String id) {
        return new StartRequest(
                id,
                StartRequest.Placement.containerWith("reaper", 0, Optional.empty()),
                StartRequest.StandardIo.OUTPUT_ONLY,
                StartRequest.Files.NONE,
                TestPrograms.shell("true"));
    }

    @Test
    void malformedFramesCloseTheirConnectionOnly() throws Exception {
        for (String name :
                List.of("malformed-short", "malformed-long", "malformed-zero", "exited")) {
            assertThat(answer(Vectors.bytes("hello"), Vectors.bytes(name)))
                    .as(name)
                    .isEqualTo(Vectors.bytes("hello-answer").length);
        }
        assertThat(answer(Vectors.bytes("signal"))).isZero();
        assertThat(shim.list()).isEmpty();
    }

    /** Sends and reads to the end; how many bytes came. */
    private int answer(byte[]... frames) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            for (byte[] frame : frames) {
                channel.write(ByteBuffer.wrap(frame));
            }
            ByteBuffer read = ByteBuffer.allocate(1024);
            while (channel.read(read) >= 0) {}
            return read.position();
        }
    }

    @Test
    void shutdownIsRefusedWhileProcessesRun() throws Exception {
        shim.start(container("a", TestPrograms.execute("/bin/sleep", "1000")));
        ShimException busy = catchThrowableOfType(ShimException.class, () -> shim.shutdown());
        assertThat(busy.errno()).isEqualTo(EBUSY);
        ShimException running = catchThrowableOfType(ShimException.class, () -> shim.forget("a"));
        assertThat(running.errno()).isEqualTo(EBUSY);
    }

    @Test
    void socketIsForItsOwnerOnly() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void failingSetUpNamesItsOpAndLeavesNothing() {
        Path other = directory.resolve("other.sock");
        ShimLauncher launcher =
                new ShimLauncher(Path.of("target/native/gantry-shim").toAbsolutePath());
        LaunchFailedException failure =
                catchThrowableOfType(
                        LaunchFailedException.class,
                        () ->
                                launcher.launch(
                                        other,
                                        directory.resolve("diagnostics"),
                                        TestPrograms.failing()));
        assertThat(failure.stage()).isEqualTo(LaunchFailedException.Stage.PROGRAM);
        assertThat(failure.op()).isEqualTo(1);
        assertThat(failure.errno()).isEqualTo(ENOENT);
        assertThat(other).doesNotExist();
        assertThatThrownBy(() -> Shim.connect(other, TIMEOUT)).isInstanceOf(IOException.class);
    }

    @Test
    void malformedSetUpIsRefused() {
        ShimLauncher launcher =
                new ShimLauncher(Path.of("target/native/gantry-shim").toAbsolutePath());
        ShimException failure =
                catchThrowableOfType(
                        ShimException.class,
                        () ->
                                launcher.launch(
                                        directory.resolve("other.sock"),
                                        directory.resolve("diagnostics"),
                                        Vectors.bytes("program-bad-magic")));
        assertThat(failure).hasMessage("set up: ENOEXEC (Exec format error)");
    }

    @Test
    void lossOfTheShimIsTold() throws Exception {
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        shim.onDisconnect(() -> told.add("lost"));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        assertThat(told.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isEqualTo("lost");
        assertThatThrownBy(() -> shim.list())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is gone");
        Files.delete(socket);
        shim = launched(TestPrograms.setUp());
    }

    @Test
    void sealedBinaryRunsAndCannotBeWritten() throws Exception {
        shim.shutdown();
        Path program = Path.of("target/native/gantry-shim").toAbsolutePath();
        try (SealedBinary binary = SealedBinary.of(program, Syscalls.system())) {
            pid =
                    new ShimLauncher(binary.path())
                            .launch(socket, directory.resolve("diagnostics"), TestPrograms.setUp());
            assertThatThrownBy(() -> Files.write(binary.path(), new byte[1]))
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> Files.write(Path.of("/proc/" + pid + "/exe"), new byte[1]))
                .isInstanceOf(IOException.class);
        shim = connected();
        assertThat(shim.pid()).isEqualTo(pid);
        assertThat(Files.readString(Path.of("/proc/" + pid + "/comm"))).isEqualTo("gantry-shim\n");
    }
}
