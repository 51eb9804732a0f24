package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.CuttingProxy;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Tar;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pulls over a line that breaks, by a daemon that dies. */
class ResumeE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final int LAYER = 12_000_000;
    private static final int LAYERS = 3;

    /** As ten megabytes are to three hundred. */
    private static final long CUT = 1_200_000;

    @Test
    void nothingIsFetchedTwiceThoughTheLineBreaksAndTheDaemonIsKilledTwice() throws Exception {
        Path home = NODE.bed().newHome();
        ImageLayout image = new ImageLayout(home.resolve("image"));
        Random random = new Random(1);
        for (int i = 0; i < LAYERS; i++) {
            byte[] content = new byte[LAYER];
            random.nextBytes(content);
            image.layer(new Tar().file("random-" + i, content).bytes(), Packing.PLAIN);
        }
        image.finish(Map.of());
        NODE.bed().registry().push(image, "e2e/large:1");
        try (CuttingProxy line = CuttingProxy.start(NODE.bed().registry(), CUT)) {
            String reference = line.host() + "/e2e/large:1";
            for (int third : List.of(1, 2)) {
                CompletableFuture<String> pull = pull(reference);
                Await.until(
                        () -> line.received() + " bytes received",
                        Await.seconds(60),
                        () -> pull.isDone() || line.received() > (long) third * LAYER * LAYERS / 3);
                assertThat(pull).isNotDone();
                NODE.daemon().kill();
                assertThat(pull.handle((id, failure) -> failure).join()).isNotNull();
                NODE.daemon().start();
            }
            assertThat(pull(reference).join()).startsWith("sha256:");
            assertThat(line.cuts()).isGreaterThan(20);
            assertThat(line.received()).isLessThan((long) LAYER * LAYERS * 11 / 10);
            NODE.cri().removeImage(reference);
        }
        NODE.bed().discard(home);
    }

    /** Fails when the daemon dies. */
    private static CompletableFuture<String> pull(String reference) {
        CompletableFuture<String> id = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("pull")
                .start(
                        () -> {
                            try {
                                id.complete(NODE.cri().pull(reference));
                            } catch (StatusRuntimeException | IllegalStateException e) {
                                id.completeExceptionally(e);
                            }
                        });
        return id;
    }
}
