package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.DiskReserve;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.image.layer.Root;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.NoSpace;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What can be done when the file system has no room at all: everything that makes some. */
@Tag("privileged")
@Timeout(300)
class FullDiskRemovalPrivilegedIT {

    private static final Syscalls KERNEL = Syscalls.system();
    private static final int PAGE = 4096;

    /** More names than fit into what the database's log has left over. */
    private static final int MANY = 400;

    @TempDir private Path disk;
    private final Layer one = Store.layer("one", "1");
    private Store store;

    @BeforeEach
    void mount() throws IOException {
        Root.required();
        KERNEL.mount(
                CString.of("tmpfs"),
                CString.of(disk.toString()),
                CString.of("tmpfs"),
                0,
                CString.of("size=24m"));
        store = new Store(disk);
    }

    @AfterEach
    void unmount() throws IOException {
        store.close();
        KERNEL.umount2(CString.of(disk.toString()), 0);
    }

    private Path filler() {
        return disk.resolve("filler");
    }

    private Path reserve() {
        return disk.resolve("reserve");
    }

    /** Leaves no room for a single further page. */
    private void fill() throws IOException {
        ByteBuffer page = ByteBuffer.allocate(PAGE);
        try (FileChannel channel =
                FileChannel.open(filler(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                channel.write(page.clear());
            }
        } catch (IOException e) {
            assertThat(NoSpace.causes(e)).as(e.toString()).isTrue();
        }
    }

    /** Names an image until a name finds no room. */
    private List<String> nameUntilFull(String image) {
        List<String> names = new ArrayList<>();
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < MANY; i++) {
                                String name = "name" + i + ":1";
                                store.tag(image, name);
                                names.add(name);
                            }
                        })
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith("the file system of " + disk + " is full: name image ");
        return names;
    }

    @Test
    void roomIsKeptBack() throws IOException {
        assertThat(reserve()).exists();
        assertThat(Files.size(reserve())).isEqualTo(DiskReserve.BYTES);
    }

    @Test
    void aNameThatFindsNoRoomIsNotGivenAndLaterOnesAre() throws IOException {
        store.pull("here:1", one);
        fill();
        List<String> given = nameUntilFull("here:1");
        Image image = store.service.images().find("here:1").orElseThrow();
        assertThat(image.repoTags()).hasSize(given.size() + 1);
        Files.delete(filler());
        store.tag("here:1", "later:1");
        store.reopen();
        assertThat(store.service.images().find("later:1")).isPresent();
        assertThat(reserve()).as("not given up for what takes room").exists();
    }

    @Test
    void imagesAreRemovedFromAFullDisk() throws IOException {
        store.pull("here:1", one);
        fill();
        nameUntilFull("here:1");
        store.service.images().remove("here:1");
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains()).isEmpty();
        assertThat(reserve()).as("given up for the removal").doesNotExist();
        Files.delete(filler());
        store.pull("next:1", one);
        assertThat(reserve()).as("kept back again").exists();
    }

    @Test
    void aRootFileSystemThatFindsNoRoomLeavesNothingAndOthersAreRemoved() throws IOException {
        store.pull("here:1", one);
        RootfsStore rootfs = store.service.rootfs();
        rootfs.prepare("kept", "here:1");
        fill();
        List<String> made = new ArrayList<>(List.of("kept"));
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < MANY; i++) {
                                rootfs.prepare("c" + i, "here:1");
                                made.add("c" + i);
                            }
                        })
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith("the file system of " + disk + " is full: ");
        assertThat(rootfs.list()).containsExactlyInAnyOrderElementsOf(made);
        assertThat(disk.resolve("active"))
                .isDirectoryNotContaining("glob:**/c" + (made.size() - 1));
        made.forEach(rootfs::remove);
        store.service.images().remove("here:1");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void aFullDiskIsNoReasonNotToStart() throws IOException {
        store.pull("here:1", one);
        store.stop();
        fill();
        store.start();
        assertThat(store.service.images().find("here:1")).isPresent();
        store.service.images().remove("here:1");
        assertThat(store.remains()).isEmpty();
    }
}
