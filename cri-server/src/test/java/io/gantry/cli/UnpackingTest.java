package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackingTest {

    @TempDir private Path directory;
    private Path source;
    private Path archive;
    private Path target;

    @BeforeEach
    void make() throws IOException {
        source = Files.createDirectories(directory.resolve("source"));
        archive = directory.resolve("archive.tar");
        target = directory.resolve("made/here");
    }

    @Test
    void filesComeWithTheirModesIntoADirectoryThatIsMade() throws IOException {
        Path file = Files.createDirectories(source.resolve("a")).resolve("b");
        Files.writeString(file, "text");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
        tar("-c", "a");
        unpack();
        assertThat(target.resolve("a/b")).hasContent("text");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(target.resolve("a/b"))))
                .isEqualTo("rwxr-x--x");
    }

    @Test
    void nothingIsWrittenAboveTheDirectory() throws IOException {
        Files.writeString(directory.resolve("evil"), "evil");
        tar("-P", "-c", "../evil");
        Files.delete(directory.resolve("evil"));
        assertThatThrownBy(this::unpack)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write to " + target.toRealPath());
        assertThat(directory.resolve("evil")).doesNotExist();
        assertThat(directory.resolve("made/evil")).doesNotExist();
    }

    @Test
    void aLinkOfTheArchiveLeadsNowhereOutside() throws IOException {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Path link = Files.createSymbolicLink(source.resolve("l"), outside);
        tar("-c", "l");
        Files.delete(link);
        Files.writeString(Files.createDirectory(source.resolve("l")).resolve("x"), "evil");
        tar("-r", "l/x");
        try {
            unpack();
        } catch (IOException refused) {
            assertThat(refused).hasMessageContaining("l");
        }
        assertThat(outside).isEmptyDirectory();
    }

    @Test
    void aLinkThatWasThereIsReplacedByADirectoryOfTheArchive() throws IOException {
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Files.writeString(Files.createDirectory(source.resolve("etc")).resolve("x"), "1");
        tar("-c", "etc");
        Files.createSymbolicLink(Files.createDirectories(target).resolve("etc"), outside);
        unpack();
        assertThat(outside).isEmptyDirectory();
        assertThat(target.resolve("etc/x")).hasContent("1");
    }

    @Test
    void anArchiveThatEndsTooEarlyIsAFailure() throws IOException {
        Files.writeString(source.resolve("a"), "x".repeat(100_000));
        tar("-c", "a");
        byte[] all = Files.readAllBytes(archive);
        assertThatThrownBy(
                        () -> {
                            try (Unpacking unpacking = new Unpacking(target)) {
                                unpacking.write(all, 0, all.length / 2);
                            }
                        })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot write to");
    }

    private void unpack() throws IOException {
        try (Unpacking unpacking = new Unpacking(target)) {
            unpacking.write(Files.readAllBytes(archive));
        }
    }

    /** Makes or extends the archive, in the source directory. */
    private void tar(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("tar", "-f", archive.toString()));
        all.addAll(List.of(words));
        Process process = new ProcessBuilder(all).directory(source.toFile()).inheritIO().start();
        try {
            assertThat(process.waitFor()).isZero();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
