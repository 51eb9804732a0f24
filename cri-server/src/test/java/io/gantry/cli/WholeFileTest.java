package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

    @TempDir private Path directory;

    @Test
    void whatIsWrittenIsInPlaceOnceItIsClosed() throws IOException {
        Path file = Files.writeString(directory.resolve("a.tar"), "before");
        try (OutputStream out = WholeFile.open(file)) {
            out.write("after".getBytes(StandardCharsets.UTF_8));
            assertThat(file).hasContent("before");
        }
        assertThat(file).hasContent("after");
        assertThat(directory).isDirectoryNotContaining(each -> !each.equals(file));
    }

    @Test
    void whatIsDiscardedLeavesNothing() throws IOException {
        Path file = directory.resolve("a.tar");
        WholeFile out = (WholeFile) WholeFile.open(file);
        out.write('x');
        out.discard();
        out.close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aLinkStaysOneAndADeviceIsWrittenTo() throws IOException {
        Path file = Files.writeString(directory.resolve("a.tar"), "before");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        try (OutputStream out = WholeFile.open(link)) {
            out.write("after".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("after");
        try (OutputStream out = WholeFile.open(Path.of("/dev/null"))) {
            assertThat(out).isNotInstanceOf(WholeFile.class);
            out.write(1);
        }
    }
}
