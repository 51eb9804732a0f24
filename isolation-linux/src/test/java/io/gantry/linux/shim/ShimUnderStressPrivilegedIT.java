package io.gantry.linux.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the shim does when disk, clients or strangers are in its way. */
@Tag("privileged")
@Timeout(180)
final class ShimUnderStressPrivilegedIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final long LINE = 100;

    @TempDir private Path directory;

    private final LinkedBlockingQueue<ProcessEntry> exits = new LinkedBlockingQueue<>();
    private Path socket;
    private Shim shim;

    @BeforeEach
    void launch() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        socket = directory.resolve("shim.sock");
        new ShimLauncher(Path.of("target/native/gantry-shim").toAbsolutePath())
                .launch(socket, directory.resolve("diagnostics"), TestPrograms.setUp());
        shim = Shim.connect(socket, TIMEOUT);
        shim.onExit(exits::add);
    }

    @AfterEach
    void shutDown() throws IOException, InterruptedException {
        for (ProcessEntry entry : shim.list()) {
            if (entry.state() == ProcessEntry.State.RUNNING) {
                shim.signal(entry.id(), 9);
                exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
        }
        shim.shutdown();
        shim.close();
    }

    private static StartRequest container(Path log, boolean stdin, String script) {
        return new StartRequest(
                "a",
                StartRequest.Placement.container(0, Optional.empty()),
                new StartRequest.StandardIo(stdin, false, false),
                new StartRequest.Files(Optional.of(log), Optional.empty()),
                TestPrograms.shell(script));
    }

    /** A command that writes so many lines of 100 bytes. */
    private static String lines(int count) {
        return "head -c " + 99L * count + " /dev/zero | tr '\\0' x | fold -w 99; echo; ";
    }

    private ProcessEntry awaitExit() throws InterruptedException {
        ProcessEntry entry = exits.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(entry).isNotNull();
        return entry;
    }

    private static void readUntilError(ShimStream stream) throws IOException {
        while (!(stream.next().orElseThrow() instanceof ShimStream.Output output)
                || output.fd() != 2) {}
    }

    @Test
    void fullDiskLosesWholeLinesAndHoldsNobodyBack() throws Exception {
        Path full = Files.createDirectory(directory.resolve("full"));
        CString tmpfs = CString.of("tmpfs");
        Syscalls.system()
                .mount(tmpfs, CString.of(full.toString()), tmpfs, 0, CString.of("size=64k"));
        try {
            Path log = full.resolve("log");
            StartRequest request =
                    container(log, true, lines(10_000) + "echo full >&2; read x; echo after");
            try (ShimStream stream = shim.startStreaming(request)) {
                readUntilError(stream);
                List<String> kept = Files.readAllLines(log);
                assertThat(kept).isNotEmpty().hasSizeLessThan(1000);
                assertThat(kept).allMatch(line -> line.endsWith(" stdout F " + "x".repeat(99)));
                Files.delete(log);
                shim.reopenLog("a");
                stream.write("\n".getBytes(UTF_8));
                while (stream.next().orElseThrow() instanceof ShimStream.Output) {}
            }
            assertThat(awaitExit().exitCode()).isZero();
            assertThat(Files.readString(log)).endsWith(" stdout F after\n").hasLineCount(1);
        } finally {
            shim.forget("a");
            Syscalls.system().umount2(CString.of(full.toString()), 0);
        }
        assertThat(directory.resolve("diagnostics"))
                .content()
                .contains("output is lost: write log");
    }

    @Test
    void logDoesNotWaitForAnAttachedClientThatTakesNothingAndIsDropped() throws Exception {
        Path log = directory.resolve("log");
        shim.start(container(log, true, "read x; " + lines(200_000)));
        try (ShimStream unread = shim.attach(new AttachRequest("a", false, true, false));
                ShimStream typing = shim.attach(new AttachRequest("a", true, false, false))) {
            typing.write("\n".getBytes(UTF_8));
            assertThat(awaitExit().exitCode()).isZero();
            assertThat(Files.size(log)).isEqualTo(200_000 * (LINE + 40));
            long taken = 0;
            Optional<ShimStream.Event> event = unread.next();
            while (event.isPresent()) {
                assertThat(event.get()).isInstanceOf(ShimStream.Output.class);
                taken += ((ShimStream.Output) event.get()).bytes().length;
                event = unread.next();
            }
            assertThat(taken).as("what the socket held").isLessThan(8 << 20);
        }
    }

    @Test
    void processWaitsForAClientThatItIsToWaitForAndNothingIsLost() throws Exception {
        Path log = directory.resolve("log");
        try (ShimStream slow = shim.startStreaming(container(log, false, lines(200_000)))) {
            assertThat(exits.poll(300, TimeUnit.MILLISECONDS)).isNull();
            assertThat(Files.size(log)).isLessThan(8 << 20);
            long taken = 0;
            while (slow.next().orElseThrow() instanceof ShimStream.Output output) {
                taken += output.bytes().length;
            }
            assertThat(taken).isEqualTo(200_000 * LINE);
        }
        assertThat(awaitExit().exitCode()).isZero();
        assertThat(Files.size(log)).isEqualTo(200_000 * (LINE + 40));
    }

    @Test
    void oneClientThatIsWaitedForHoldsAllOthersBack() throws Exception {
        Path log = directory.resolve("log");
        shim.start(container(log, true, "read x; " + lines(200_000)));
        try (ShimStream other = shim.attach(new AttachRequest("a", false, true, false))) {
            try (ShimStream slow = shim.attach(new AttachRequest("a", true, true, true))) {
                slow.write("\n".getBytes(UTF_8));
                assertThat(exits.poll(300, TimeUnit.MILLISECONDS)).isNull();
            }
            // Held back by nobody any more; the other one is dropped.
            assertThat(awaitExit().exitCode()).isZero();
            assertThat(other.next()).isPresent();
        }
        assertThat(Files.size(log)).isEqualTo(200_000 * (LINE + 40));
    }

    @Test
    void strangerIsRefusedEvenWhereTheSocketLetsHimIn() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThat(answered()).isEqualTo(Vectors.bytes("hello-answer").length);
        assertThat(answered("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
                .isZero();
        assertThat(shim.list()).isEmpty();
    }

    /** How many bytes a client that is started by a command gets for its HELLO. */
    private int answered(String... command) throws Exception {
        String script =
                "use IO::Socket::UNIX; my $c = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!;"
                        + " $SIG{PIPE} = 'IGNORE'; syswrite $c, pack('VvvVVV', 16, 1, 0, 1,"
                        + " 0x4d485347, 2); print sysread($c, my $answer, 1024) // 0;";
        List<String> words = new ArrayList<>(List.of(command));
        words.addAll(List.of("perl", "-e", script, socket.toString()));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        assertThat(said).matches("\\d+");
        return Integer.parseInt(said);
    }
}
