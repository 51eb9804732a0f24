package io.gantry.e2e.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Running;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients without a terminal that join what runs, several at once, and go as they like. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the client sees nothing of the kernel, and its many starts take minutes")
class AttachE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String CHOIR =
            "while :; do echo tick; usleep 50000; done & while read line; do [ $line != quit ] ||"
                    + " exit 6; echo heard $line; done";

    private static final int MUCH = 1 << 30;

    @Test
    void allClientsSeeAllOutputAndOneThatGoesDisturbsNobody() {
        NODE.client().ok("run", "-d", "-i", "--name", "choir", NODE.image(), "sh", "-c", CHOIR);
        try (Running first = client("attach", "choir");
                Running second = client("attach", "choir")) {
            first.awaitOut("tick");
            second.awaitOut("tick");
            first.type("one\n");
            second.awaitOut("heard one");
            second.type("two\n");
            first.awaitOut("heard two");
            first.kill();
            second.type("three\n");
            second.awaitOut("heard three");
            assertThat(second.out().lines().filter(line -> !line.equals("tick")))
                    .as("each line is heard once")
                    .containsExactly("heard one", "heard two", "heard three");
            try (Running third = client("attach", "--no-stdin", "choir")) {
                third.awaitOut("tick");
                second.type("four\n");
                third.awaitOut("heard four");
                assertThat(third.out()).as("nothing is replayed").doesNotContain("three");
                second.type("quit\n");
                assertThat(second.await()).isEqualTo(6);
                assertThat(third.await()).isEqualTo(6);
            }
        }
        NODE.client().ok("rm", "choir");
    }

    @Test
    void inputThatIsGivenOnceEndsWithTheFirstClientThatGoes() {
        PodSandboxConfig config = NODE.pod("once").build();
        String pod = NODE.cri().runPod(config);
        String script = "while :; do echo tick; usleep 50000; done & cat; echo over; sleep 1000";
        String container =
                NODE.cri()
                        .create(
                                pod,
                                config,
                                Requests.script("c", NODE.image(), script)
                                        .setStdin(true)
                                        .setStdinOnce(true)
                                        .build());
        NODE.cri().start(container);
        try (Running witness = client("attach", "--no-stdin", container);
                Running first = client("attach", container)) {
            witness.awaitOut("tick");
            first.type("typed\n");
            first.awaitOut("typed");
            first.kill();
            witness.awaitOut("over");
        }
    }

    @Test
    void aCommandWhoseClientIsKilledIsKilledWithAllThatItStarted() {
        NODE.client().ok("run", "-d", "--name", "busy", NODE.image(), "sleep", "1000");
        String script = "sleep 4713 & setsid sleep 4713 & (sleep 4713 &); echo up; wait";
        try (Running vanishing = client("exec", "-i", "busy", "sh", "-c", script)) {
            vanishing.awaitOut("up");
            vanishing.kill();
        }
        Await.until(
                "the end of what a killed client ran",
                Await.seconds(60),
                () -> !NODE.client().ok("exec", "busy", "ps", "-o", "args").contains("4713"));
    }

    @Test
    void muchThroughExecComesBackWhole() throws Exception {
        NODE.client().ok("run", "-d", "--name", "busy", NODE.image(), "sleep", "1000");
        Process cat = NODE.client().command("exec", "-i", "busy", "cat").start();
        try {
            CompletableFuture<Long> sent = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> feed(cat.getOutputStream(), MUCH, sent));
            CRC32C came = new CRC32C();
            long count = 0;
            byte[] buffer = new byte[64 << 10];
            InputStream out = cat.getInputStream();
            for (int n = out.read(buffer); n >= 0; n = out.read(buffer)) {
                came.update(buffer, 0, n);
                count += n;
            }
            assertThat(cat.waitFor()).as(() -> new String(error(cat), UTF_8)).isZero();
            assertThat(count).isEqualTo(MUCH);
            assertThat(came.getValue()).isEqualTo(sent.get());
        } finally {
            cat.destroyForcibly();
        }
    }

    private static byte[] error(Process of) {
        try {
            return of.getErrorStream().readAllBytes();
        } catch (IOException e) {
            return e.toString().getBytes(UTF_8);
        }
    }

    /** Blocks that no two of are alike, though only some bytes of each are new. */
    private static void feed(OutputStream to, int size, CompletableFuture<Long> checksum) {
        byte[] block = new byte[64 << 10];
        Random random = new Random(1);
        random.nextBytes(block);
        CRC32C sent = new CRC32C();
        try (to) {
            for (int from = 0; from < size; from += block.length) {
                block[random.nextInt(block.length)]++;
                block[0]++;
                sent.update(block);
                to.write(block);
            }
            checksum.complete(sent.getValue());
        } catch (IOException e) {
            checksum.completeExceptionally(e);
        }
    }

    private static Running client(String... words) {
        return new Running(NODE.client().command(words));
    }
}
