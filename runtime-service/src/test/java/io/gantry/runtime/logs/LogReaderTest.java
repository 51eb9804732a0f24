package io.gantry.runtime.logs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {

    @TempDir Path directory;
    private Path file;
    private final AtomicBoolean running = new AtomicBoolean();
    private final List<String> read = new ArrayList<>();

    @BeforeEach
    void name() {
        file = directory.resolve("0.log");
    }

    private void append(int second, String text) {
        String line = "2026-01-01T00:00:%02d.5Z stdout F %s\n".formatted(second, text);
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(LogOptions options) throws IOException {
        new LogReader(file, running::get)
                .read(options, line -> read.add(new String(line.text(), UTF_8)));
    }

    @Test
    void wholeLogIsRead() throws IOException {
        append(1, "one");
        append(2, "");
        append(3, "three words here");
        read(LogOptions.all());
        assertThat(read).containsExactly("one", "", "three words here");
    }

    @Test
    void missingLogIsEmpty() throws IOException {
        read(LogOptions.all());
        assertThat(read).isEmpty();
    }

    @Test
    void tailCountsFromTheEnd() throws IOException {
        for (int i = 0; i < 50; i++) {
            append(i, "line " + i);
        }
        read(new LogOptions(false, 2, null));
        assertThat(read).containsExactly("line 48", "line 49");
    }

    @Test
    void tailReachesOverBlocks() throws IOException {
        String wide = "x".repeat(5000);
        for (int i = 0; i < 40; i++) {
            append(i, i + wide);
        }
        read(new LogOptions(false, 30, null));
        assertThat(read).hasSize(30).first().asString().startsWith("10x");
    }

    @Test
    void tailOfMoreThanThereIsReadsAll() throws IOException {
        append(1, "one");
        read(new LogOptions(false, 5, null));
        assertThat(read).containsExactly("one");
    }

    @Test
    void tailOfNothingReadsNothing() throws IOException {
        append(1, "one");
        read(new LogOptions(false, 0, null));
        assertThat(read).isEmpty();
    }

    @Test
    void sinceLeavesOutWhatIsOlder() throws IOException {
        append(1, "one");
        append(2, "two");
        read(new LogOptions(false, -1, Instant.parse("2026-01-01T00:00:02Z")));
        assertThat(read).containsExactly("two");
    }

    @Test
    void sinkThatHasEnoughEndsTheReading() throws IOException {
        append(1, "one");
        append(2, "two");
        new LogReader(file, running::get)
                .read(
                        LogOptions.all(),
                        line -> {
                            read.add("");
                            return false;
                        });
        assertThat(read).hasSize(1);
    }

    @Test
    void followReadsOnOverARotationUntilTheContainerEnds() throws Exception {
        running.set(true);
        append(1, "one");
        CountDownLatch gotTwo = new CountDownLatch(1);
        CountDownLatch gotThree = new CountDownLatch(1);
        Thread writer =
                Tasks.start(
                        "writer",
                        () -> {
                            append(2, "two");
                            awaitQuietly(gotTwo);
                            rotate();
                            append(3, "three");
                            awaitQuietly(gotThree);
                            append(4, "four");
                            running.set(false);
                        });

        new LogReader(file, running::get)
                .read(
                        new LogOptions(true, -1, null),
                        line -> {
                            String text = new String(line.text(), UTF_8);
                            read.add(text);
                            if (text.equals("two")) {
                                gotTwo.countDown();
                            }
                            if (text.equals("three")) {
                                gotThree.countDown();
                            }
                            return true;
                        });

        writer.join();
        assertThat(read).containsExactly("one", "two", "three", "four");
    }

    @Test
    void malformedLineIsNamed() throws IOException {
        Files.writeString(file, "2026-01-01T00:00:00Z stdfoo F x\n");
        assertThatThrownBy(() -> read(LogOptions.all()))
                .isInstanceOf(MalformedLogLineException.class)
                .hasMessageContaining("stdfoo");
    }

    @Test
    void partsKeepTheirStreamAndHaveNoLineFeed() throws IOException {
        LogLine part =
                LogLine.parse("2026-01-01T00:00:00.000000001Z stderr P ab c".getBytes(UTF_8));
        LogLine last = LogLine.parse("2026-01-01T00:00:00Z stderr F:x ".getBytes(UTF_8));
        assertThat(part.partial()).isTrue();
        assertThat(part.stderr()).isTrue();
        assertThat(part.time()).isEqualTo(Instant.ofEpochSecond(1767225600, 1));
        assertThat(part.content()).isEqualTo("ab c".getBytes(UTF_8));
        assertThat(last.content()).isEqualTo("\n".getBytes(UTF_8));
    }

    private void rotate() {
        try {
            Files.move(file, directory.resolve("0.log.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
