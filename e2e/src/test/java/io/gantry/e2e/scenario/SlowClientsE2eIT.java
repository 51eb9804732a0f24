package io.gantry.e2e.scenario;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.RawStream;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.AttachRequest;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that read less than a process says, or nothing: who waits, and what is kept. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason =
                "so much output takes minutes there, and has nothing to do with the kernel")
class SlowClientsE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String WAIT = "until [ -e /tmp/go ]; do echo tick; usleep 20000; done; ";

    /** More than all sockets and queues on the way hold. */
    private static final int OUTPUT = 32_000_000;

    private static final int WIDTH = 99;

    /** Each client's, and what a garbage collector has not come to yet. */
    private static final long MEMORY = 64L << 20;

    private static final int NUMBERS = 2_000_000;

    @BeforeAll
    static void attachOnce() throws IOException {
        // The daemon keeps what it needs for streams from the first of them on.
        String container = NODE.run(NODE.pod("first").build(), script("").build());
        try (RawStream first = new RawStream(attach(container))) {
            first.awaitText("tick");
        }
        NODE.daemon().removeEverything();
    }

    @ParameterizedTest(name = "{0} bytes each time")
    @ValueSource(ints = {0, 4096})
    void aContainerAndItsLogDoNotWaitForAnAttachedClientWhichIsDropped(int each) throws Exception {
        String output = "head -c " + OUTPUT + " /dev/zero | tr '\\0' x | fold -w " + WIDTH;
        PodSandboxConfig pod = NODE.pod("unread-" + each).build();
        ContainerConfig talking = script(output + "; echo; echo the end; sleep 1000").build();
        String container = NODE.run(pod, talking);
        try (RawStream slow = new RawStream(attach(container)).awaitText("tick")) {
            NODE.cri().shell(container, "touch /tmp/go");
            Path log = Path.of(NODE.cri().status(container).getLogPath());
            Await.until(
                    () -> "the end of the log, which has " + log.toFile().length() + " bytes",
                    Await.seconds(60),
                    () -> {
                        slow.take(each);
                        return tail(log).endsWith(" stdout F the end\n");
                    });
            assertThat(lines(log, "x".repeat(WIDTH))).isEqualTo(OUTPUT / WIDTH);
            assertThat(lines(log, " " + "x".repeat(OUTPUT % WIDTH))).isEqualTo(1);
            Await.until(
                    "word of the client that was dropped",
                    Await.seconds(60),
                    () -> saysDropped(container));
            assertThat(slow.takeRest()).isLessThan(OUTPUT);
        }
    }

    private static long lines(Path log, String end) throws IOException {
        try (Stream<String> all = Files.lines(log)) {
            return all.filter(line -> line.endsWith(end)).count();
        }
    }

    private static boolean saysDropped(String container) {
        return Texts.read(NODE.daemon().log())
                .lines()
                .anyMatch(l -> l.contains("attached client dropped") && l.contains(container));
    }

    @Test
    void aContainerInTheForegroundWaitsForItsClientAndNothingIsLost() throws Exception {
        String last = Integer.toString(NUMBERS);
        Process run = NODE.client().command("run", "--rm", NODE.image(), "seq", "1", last).start();
        try (BufferedReader out = run.inputReader(US_ASCII)) {
            // Longer than everything on the way, which fills up first.
            awaitStalled("seq 1 " + last, 1);
            for (int i = 1; i <= NUMBERS; i++) {
                String line = out.readLine();
                if (!Integer.toString(i).equals(line)) {
                    throw new AssertionError(line + " instead of " + i);
                }
            }
            assertThat(out.readLine()).isNull();
            assertThat(run.waitFor()).isZero();
        } finally {
            run.destroyForcibly().onExit().join();
        }
    }

    @Test
    void theDaemonsMemoryIsBoundedWhateverItsClientsLeaveUnread() throws Exception {
        PodSandboxConfig pod = NODE.pod("firehose").build();
        String much = "head -c 200000000 /dev/zero; touch /tmp/done; sleep 1000";
        String container = NODE.run(pod, script(much).clearLogPath().build());
        List<RawStream> clients = new ArrayList<>();
        try {
            long before = resident();
            for (int i = 0; i < 4; i++) {
                clients.add(new RawStream(attach(container)).awaitText("tick"));
                clients.add(new RawStream(exec(container, "cat", "/dev/zero")));
            }
            NODE.cri().shell(container, "touch /tmp/go");
            Await.until(
                    "the end of the output that nobody reads",
                    Await.seconds(60),
                    () ->
                            NODE.cri()
                                    .shell(container, "[ ! -e /tmp/done ] || echo done")
                                    .contains("done"));
            awaitStalled("cat /dev/zero", 4);
            assertThat(resident() - before).as("bytes that it grew by").isLessThan(MEMORY);
        } finally {
            for (RawStream client : clients) {
                client.close();
            }
        }
    }

    private static ContainerConfig.Builder script(String output) {
        return Requests.script("c", NODE.image(), WAIT + output);
    }

    private static String attach(String container) {
        AttachRequest request =
                AttachRequest.newBuilder().setContainerId(container).setStdout(true).build();
        return NODE.cri().runtime().attach(request).getUrl();
    }

    private static String exec(String container, String... command) {
        ExecRequest request =
                ExecRequest.newBuilder()
                        .setContainerId(container)
                        .addAllCmd(List.of(command))
                        .setStdout(true)
                        .build();
        return NODE.cri().runtime().exec(request).getUrl();
    }

    /** Waits until so many processes have written something and write no more. */
    private static void awaitStalled(String command, int count) {
        List<String> last = new ArrayList<>();
        int[] same = {0};
        Await.until(
                () -> "processes that stand still; they have written " + last,
                Await.seconds(60),
                () -> {
                    List<String> now = written(command);
                    same[0] = now.size() == count && now.equals(last) ? same[0] + 1 : 0;
                    last.clear();
                    last.addAll(now);
                    return same[0] == 10;
                });
    }

    /** What each process of that command has written yet, by its pid. */
    private static List<String> written(String command) {
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc", Long.toString(process.pid())))
                .filter(p -> words(p).equals(command))
                .map(p -> p + " " + line(p.resolve("io"), "wchar"))
                .sorted()
                .toList();
    }

    private static String words(Path process) {
        return Texts.read(process.resolve("cmdline")).replace('\0', ' ').strip();
    }

    private static String line(Path file, String name) {
        return Texts.read(file).lines().filter(l -> l.startsWith(name)).findFirst().orElse("");
    }

    /** Memory that the daemon has, in bytes. */
    private static long resident() {
        Path status = Path.of("/proc", Long.toString(NODE.daemon().pid()), "status");
        return Long.parseLong(line(status, "VmRSS").replaceAll("[^0-9]", "")) * 1024;
    }

    private static String tail(Path log) throws IOException {
        if (!Files.exists(log)) {
            return "";
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - 100));
            byte[] last = new byte[100];
            int count = file.read(last);
            return new String(last, 0, Math.max(0, count), US_ASCII);
        }
    }
}
