package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.image.archive.ArchiveBuilder;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file system that is too small for what is asked of it. */
@Tag("privileged")
@Timeout(300)
class FullDiskPrivilegedIT {

    private static final Syscalls KERNEL = Syscalls.system();
    private static final int MIB = 1 << 20;
    private static final String BIG = "registry.example/big:1";

    @TempDir private Path disk;
    private final Layer small = Store.layer("small", "s");
    private Store store;

    @BeforeEach
    void mount() throws IOException {
        Root.required();
        KERNEL.mount(
                CString.of("tmpfs"),
                CString.of(disk.toString()),
                CString.of("tmpfs"),
                0,
                CString.of("size=6m"));
        store = new Store(disk);
    }

    @AfterEach
    void unmount() throws IOException {
        store.close();
        KERNEL.umount2(CString.of(disk.toString()), 0);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static TarBuilder file(byte[] content) {
        return new TarBuilder().entry('0', "big", e -> e.content = content);
    }

    private void assertFullAndClean(Layer big) throws IOException {
        assertThatThrownBy(() -> store.pull(BIG, small, big))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith("the file system of " + disk + " is full: pull " + BIG);
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains()).isEmpty();
        Image image = store.pull("small:1", small);
        assertThat(store.service.images().list()).containsExactly(image);
    }

    @Test
    void aBlobThatDoesNotFitLeavesNothingAndTheNextPullWorks() throws IOException {
        assertFullAndClean(Store.layer(file(noise(8 * MIB))));
    }

    @Test
    void aLayerThatDoesNotFitUnpackedLeavesNothingAndTheNextPullWorks() throws IOException {
        assertFullAndClean(Store.layer(file(new byte[8 * MIB])));
    }

    @Test
    void aLayerWhoseFilesFillTheDiskOneByOneLeavesNothing() throws IOException {
        TarBuilder tar = new TarBuilder();
        for (int i = 0; i < 8; i++) {
            tar.entry('0', "f" + i, e -> e.content = new byte[MIB]);
        }
        assertFullAndClean(Store.layer(tar));
    }

    @Test
    void aVolumeThatDoesNotFitLeavesNothing() throws IOException {
        TarBuilder tar = new TarBuilder().entry('0', "data/big", e -> e.content = noise(2 * MIB));
        store.pull(BIG, Store.layer(tar));
        RootfsStore rootfs = store.service.rootfs();
        rootfs.prepare("c", BIG);
        assertThatThrownBy(() -> rootfs.volume("c", "/data"))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith(
                        "the file system of " + disk + " is full: make volume /data of c: ");
        try (Stream<Path> volumes = Files.list(disk.resolve("active/c/volumes"))) {
            assertThat(volumes).isEmpty();
        }
        // Removing needs room for its rows.
        store.awaitDeleted();
        store.service.rootfs().remove("c");
        store.service.images().remove(BIG);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anArchiveThatClaimsTooMuchIsRefusedBeforeItFillsTheDisk() {
        ArchiveBuilder archive = new ArchiveBuilder();
        archive.tar().entry('0', "layer.tar", e -> e.size = 1L << 40);
        ByteArrayInputStream in = new ByteArrayInputStream(archive.docker());
        ImageArchives archives = store.service.archives();
        assertThatThrownBy(
                        () -> archives.load(LoadOrder.asNamed(), in, Listener.NONE, Store.soon()))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageContaining("1099511627776 bytes: No space left on device");
    }

    @Test
    void anArchiveThatDoesNotFitLeavesNothing() throws IOException {
        ArchiveBuilder archive = new ArchiveBuilder();
        archive.image("fits:1", List.of(new TarBuilder().file("f", "f").build()));
        archive.image(BIG, List.of(file(noise(8 * MIB)).build()));
        ByteArrayInputStream in = new ByteArrayInputStream(archive.layout());
        assertThatThrownBy(
                        () ->
                                store.service
                                        .archives()
                                        .load(LoadOrder.asNamed(), in, Listener.NONE, Store.soon()))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith("the file system of " + disk + " is full: load an archive");
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains()).isEmpty();
    }
}
