package io.gantry.image.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.layer.FileTree;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class TrashTest {

    @TempDir private Path directory;
    private Path trash;

    @BeforeEach
    void make() throws IOException {
        trash = Files.createDirectory(directory.resolve("trash"));
    }

    private Path tree(String name) throws IOException {
        Path tree = directory.resolve(name);
        Files.createDirectories(tree.resolve("d/e"));
        for (int i = 0; i < 10; i++) {
            Files.writeString(tree.resolve("d/e/f" + i), "x");
        }
        return tree;
    }

    private static long filesIn(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void closingDoesNotWaitForWhatIsBeingDeletedAndTheNextStartDeletesIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        // Never done on its own, as a tree that takes long.
        Trash.Deletion endless =
                (tree, stop) -> {
                    begun.countDown();
                    while (!stop.getAsBoolean()) {
                        LockSupport.parkNanos(1_000_000);
                    }
                    throw new InterruptedIOException("stopped");
                };
        Path first = tree("first");
        Path second = tree("second");
        try (Trash closed = new Trash(trash, endless)) {
            assertThat(closed.take(first)).isTrue();
            assertThat(closed.take(second)).isTrue();
            begun.await();
        }
        assertThat(first).doesNotExist();
        assertThat(second).doesNotExist();
        assertThat(filesIn(trash)).isEqualTo(20);
        try (Trash next = new Trash(trash)) {
            next.sweep();
            Emptied.await(trash);
        }
    }

    @Test
    void removalStopsBetweenEntriesAndCanBeResumed() throws IOException {
        Path tree = tree("tree");
        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(() -> FileTree.remove(tree, () -> asked.incrementAndGet() > 5))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(filesIn(tree)).isEqualTo(7);
        FileTree.remove(tree);
        assertThat(tree).doesNotExist();
    }

    @Test
    void takingWhatIsNotThereIsNoError() throws IOException {
        try (Trash closed = new Trash(trash)) {
            assertThat(closed.take(directory.resolve("nothing"))).isFalse();
        }
    }
}
