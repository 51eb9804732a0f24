package io.gantry.image.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.layer.Root;
import io.gantry.linux.syscall.NoSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory on disk grows by blocks, so that on a full one even a rename into it finds no room.
 */
@Tag("privileged")
@Timeout(300)
class TrashOnFullDiskPrivilegedIT {

    private static final int BLOCK = 1024;

    @TempDir private Path directory;
    private Path disk;
    private Path trash;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        Root.required();
        Path image = directory.resolve("image");
        disk = Files.createDirectory(directory.resolve("disk"));
        run("truncate", "-s", "4M", image.toString());
        run("mkfs.ext4", "-q", "-F", "-b", "" + BLOCK, "-m", "0", "-N", "1024", image.toString());
        run("mount", "-o", "loop", image.toString(), disk.toString());
        trash = Files.createDirectory(disk.resolve("trash"));
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        run("umount", disk.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        byte[] said = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(new String(said, StandardCharsets.UTF_8)).isZero();
    }

    /** Takes every block of the disk, and every entry that the directory of trash has room for. */
    private void fill() throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        disk.resolve("filler"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            while (true) {
                channel.write(block.clear());
            }
        } catch (IOException e) {
            assertThat(NoSpace.causes(e)).as(e.toString()).isTrue();
        }
        try {
            for (int i = 0; true; i++) {
                Files.createFile(trash.resolve("%032d".formatted(i)));
            }
        } catch (IOException e) {
            assertThat(NoSpace.causes(e)).as(e.toString()).isTrue();
        }
    }

    @Test
    void aTreeThatCannotBeRenamedIsDeletedWhereItIs() throws IOException {
        Path tree = Files.createDirectory(disk.resolve("tree"));
        Files.createDirectory(tree.resolve("sub"));
        Files.writeString(tree.resolve("sub/file"), "x".repeat(3 * BLOCK));
        fill();
        assertThatThrownBy(
                        () ->
                                Files.move(
                                        tree,
                                        trash.resolve("f".repeat(32)),
                                        StandardCopyOption.ATOMIC_MOVE))
                .matches(NoSpace::causes);
        long before = entries();

        try (Trash bin = new Trash(trash)) {
            assertThat(bin.take(tree)).isTrue();
            assertThat(tree).doesNotExist();
            assertThat(entries()).isEqualTo(before);
        }
        Files.writeString(disk.resolve("again"), "y".repeat(3 * BLOCK));
    }

    private long entries() throws IOException {
        try (Stream<Path> all = Files.list(trash)) {
            return all.count();
        }
    }
}
