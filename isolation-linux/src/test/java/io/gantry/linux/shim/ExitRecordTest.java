package io.gantry.linux.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExitRecordTest {

    @TempDir private Path directory;

    @Test
    void recordIsRead() throws IOException {
        Path file = directory.resolve("exit");
        Files.writeString(
                file,
                """
                pid 17
                code 137
                signal 9
                started 1475713029669794202
                finished 1475713030000000001
                """);
        assertThat(ExitRecord.read(file))
                .contains(
                        new ExitRecord(
                                17,
                                137,
                                9,
                                Instant.parse("2016-10-06T00:17:09.669794202Z"),
                                Instant.parse("2016-10-06T00:17:10.000000001Z")));
    }

    @Test
    void missingRecordIsEmpty() throws IOException {
        assertThat(ExitRecord.read(directory.resolve("none"))).isEmpty();
    }

    @Test
    void malformedRecordNamesTheFile() throws IOException {
        Path file = Files.writeString(directory.resolve("exit"), "pid 17\ncode 1\n");
        assertThatThrownBy(() -> ExitRecord.read(file))
                .isInstanceOf(IOException.class)
                .hasMessage("malformed exit record " + file + ": no signal");
    }
}
