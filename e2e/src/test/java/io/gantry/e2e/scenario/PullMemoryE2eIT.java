package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Tar;
import io.gantry.e2e.harness.Texts;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the daemon keeps of the memory that large layers went through. */
class PullMemoryE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    /** More than what a layer needs to come in ranges, 64 MiB. */
    private static final int LAYER = 70_000_000;

    private static final int LAYERS = 2;
    private static final long MOST_KIB = 150_000;

    @Test
    void daemonIsSmallAgainAfterLargeLayers() throws Exception {
        Path home = NODE.bed().newHome();
        ImageLayout image = new ImageLayout(home.resolve("image"));
        Random random = new Random(2);
        byte[] content = new byte[LAYER];
        for (int i = 0; i < LAYERS; i++) {
            random.nextBytes(content);
            image.layer(new Tar().file("random-" + i, content).bytes(), Packing.PLAIN);
        }
        image.finish(Map.of());
        String reference = NODE.bed().registry().push(image, "e2e/memory:1");
        assertThat(NODE.cri().pull(reference)).startsWith("sha256:");
        // What is freed goes back to the kernel within seconds.
        Await.until(
                () -> "the daemon to have less than " + MOST_KIB + " KiB, not " + pss(),
                Await.seconds(60),
                () -> {
                    long now = pss();
                    return now > 0 && now < MOST_KIB;
                });
        NODE.cri().removeImage(reference);
        NODE.bed().discard(home);
    }

    /** Its proportional set size in KiB. */
    private static long pss() {
        return Texts.read(Path.of("/proc/" + NODE.daemon().pid() + "/smaps_rollup"))
                .lines()
                .filter(line -> line.startsWith("Pss:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }
}
