package io.gantry.image.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildTablesTest {

    private static final Instant THEN = Instant.ofEpochMilli(1_700_000_000_123L);

    @TempDir private Path directory;

    @Test
    void aStepIsFoundAsItWasMadeWhoeverUsesItLater() {
        try (ImageTables tables = ImageTables.open(directory.resolve("db"))) {
            BuildTables steps = tables.builds();
            steps.put(List.of(row("layer", THEN)), Map.of(digest("key"), digest("layer")), "now");
            steps.put(List.of(row("layer", THEN.plusSeconds(9))), Map.of(), "now");
            assertThat(steps.find(digest("key")))
                    .hasValue(
                            new BuildStepRow(
                                    digest("layer"), "RUN x", 5, THEN, THEN.plusSeconds(9), 1));
            assertThat(steps.find(digest("other"))).isEmpty();
        }
    }

    @Test
    void whatIsNotDurableIsForgottenAfterTheKernelWasStarted() {
        try (ImageTables tables = ImageTables.open(directory.resolve("db"))) {
            BuildTables steps = tables.builds();
            steps.put(List.of(row("kept", THEN)), Map.of(digest("1"), digest("kept")), "before");
            steps.put(List.of(row("lost", THEN)), Map.of(digest("2"), digest("lost")), "before");
            steps.settle(List.of(digest("kept"), digest("unknown")));
            // Used by somebody who did not wait until it was durable: it is so all the same.
            steps.put(List.of(row("kept", THEN)), Map.of(), "before");
            steps.deleteUnsettled("before");
            assertThat(steps.layers()).containsExactlyInAnyOrder(digest("kept"), digest("lost"));
            steps.deleteUnsettled("after");
            assertThat(steps.layers()).containsExactly(digest("kept"));
            assertThat(steps.find(digest("1"))).isPresent();
            assertThat(steps.find(digest("2"))).isEmpty();
        }
    }

    private static BuildStepRow row(String layer, Instant at) {
        return new BuildStepRow(digest(layer), "RUN x", 5, at, at, 0);
    }

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }
}
