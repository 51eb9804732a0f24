package io.gantry.image.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What is deleted by a thread in the background. */
public final class Emptied {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Emptied() {}

    /** Waits until a directory has nothing in it. */
    public static void await(Path directory) throws IOException {
        Deadline deadline = Deadline.after(PATIENCE, Clock.SYSTEM);
        List<Path> left = list(directory);
        while (!left.isEmpty()) {
            assertThat(deadline.expired()).as("deleted in time: %s", left).isFalse();
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
            left = list(directory);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
