package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.diff.Change;
import io.gantry.image.layer.FileTree;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changes that the kernel's overlayfs made, as they are read from its upper directory. */
@Tag("privileged")
@Timeout(300)
class ContainerChangesPrivilegedIT {

    private static final Syscalls KERNEL = Syscalls.system();
    private static final String NAME = "registry.example/app:1";

    @TempDir private Path root;
    @TempDir private Path mountpoint;
    private final Layer base =
            Store.layer(
                    new TarBuilder()
                            .directory("etc", 0755)
                            .file("etc/hosts", "hosts")
                            .file("etc/gone", "gone")
                            .directory("var", 0755)
                            .directory("var/lib", 0755)
                            .file("var/lib/a", "a")
                            .file("var/lib/b", "b")
                            .directory("opt", 0755)
                            .file("opt/tool", "tool")
                            .symlink("link", "etc/hosts"));
    private final Layer top =
            Store.layer(new TarBuilder().file("etc/.wh.gone", "").file("etc/more", "more"));
    private Store store;
    private boolean mounted;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        store = new Store(root);
        store.pull(NAME, base, top);
    }

    @AfterEach
    void close() throws IOException {
        if (mounted) {
            KERNEL.umount2(CString.of(mountpoint.toString()), 0);
        }
        store.close();
    }

    private Path mount(String container) throws IOException {
        SpecMount mount = store.service.rootfs().prepare(container, NAME).getFirst();
        KERNEL.mount(
                CString.of("overlay"),
                CString.of(mountpoint.toString()),
                CString.of("overlay"),
                0,
                CString.of(String.join(",", mount.options())));
        mounted = true;
        return mountpoint;
    }

    private List<String> changes(String container) {
        return store.service.changes().of(container).stream().map(Change::toString).toList();
    }

    @Test
    void aContainerThatWroteNothingChangedNothing() throws IOException {
        Path merged = mount("c1");
        assertThat(Files.readString(merged.resolve("etc/hosts"))).isEqualTo("hosts");
        assertThat(changes("c1")).isEmpty();
    }

    /** Whatever the kernel's default is: what moved is written out, for nothing could follow it. */
    @Test
    void aDirectoryOfTheImageThatMovedIsDeletedAndAddedWithItsFiles() throws Exception {
        Path merged = mount("c1");
        assertThatThrownBy(
                        () ->
                                Files.move(
                                        merged.resolve("var"),
                                        merged.resolve("srv"),
                                        StandardCopyOption.ATOMIC_MOVE))
                .isInstanceOf(AtomicMoveNotSupportedException.class);
        Process move =
                new ProcessBuilder("mv", merged + "/var", merged + "/srv").inheritIO().start();
        assertThat(move.waitFor()).isZero();
        Files.setPosixFilePermissions(
                merged.resolve("opt/tool"), PosixFilePermissions.fromString("rwx------"));
        assertThat(changes("c1"))
                .containsExactly(
                        "C /opt",
                        "C /opt/tool",
                        "A /srv",
                        "A /srv/lib",
                        "A /srv/lib/a",
                        "A /srv/lib/b",
                        "D /var");
        assertThat(root.resolve("active/c1/fs/opt/tool")).hasContent("tool");
    }

    @Test
    void filesAreAddedChangedAndDeletedWithTheirDirectories() throws IOException {
        Path merged = mount("c1");
        Files.writeString(merged.resolve("etc/hosts"), "!", StandardOpenOption.APPEND);
        Files.delete(merged.resolve("etc/more"));
        Files.createDirectories(merged.resolve("srv/www"));
        Files.writeString(merged.resolve("srv/www/index"), "x");
        assertThat(changes("c1"))
                .containsExactly(
                        "C /etc",
                        "C /etc/hosts",
                        "D /etc/more",
                        "A /srv",
                        "A /srv/www",
                        "A /srv/www/index");
    }

    @Test
    void attributesAloneAreAChange() throws IOException {
        Path merged = mount("c1");
        Files.setPosixFilePermissions(
                merged.resolve("opt/tool"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(changes("c1")).containsExactly("C /opt", "C /opt/tool");
    }

    @Test
    void aDeletedTreeIsOneDeletion() throws IOException {
        Path merged = mount("c1");
        FileTree.remove(merged.resolve("var"));
        assertThat(changes("c1")).containsExactly("D /var");
    }

    @Test
    void aDirectoryMadeAnewHidesWhatWasInIt() throws IOException {
        Path merged = mount("c1");
        FileTree.remove(merged.resolve("var/lib"));
        Files.createDirectory(merged.resolve("var/lib"));
        Files.writeString(merged.resolve("var/lib/b"), "new");
        Files.writeString(merged.resolve("var/lib/c"), "new");
        assertThat(changes("c1"))
                .containsExactly(
                        "C /var", "C /var/lib", "D /var/lib/a", "C /var/lib/b", "A /var/lib/c");
    }

    @Test
    void aDirectoryInPlaceOfAFileIsAChangeWithAdditions() throws IOException {
        Path merged = mount("c1");
        Files.delete(merged.resolve("link"));
        Files.createDirectory(merged.resolve("link"));
        Files.writeString(merged.resolve("link/x"), "x");
        FileTree.remove(merged.resolve("opt"));
        Files.writeString(merged.resolve("opt"), "a file now");
        assertThat(changes("c1")).containsExactly("C /link", "A /link/x", "C /opt");
    }

    @Test
    void aWhiteoutOfALowerLayerIsNoChangeButWhatComesInItsPlaceIs() throws IOException {
        Path merged = mount("c1");
        Files.writeString(merged.resolve("etc/gone"), "back");
        assertThat(changes("c1")).containsExactly("C /etc", "A /etc/gone");
        Files.delete(merged.resolve("etc/gone"));
        assertThat(changes("c1")).containsExactly("C /etc");
    }

    @Test
    void namesThatAreNoTextAreStillCompared() throws IOException {
        mount("c1");
        byte[] name = {'o', 'p', 't', '/', (byte) 0xff, 'x'};
        byte[] prefix = (mountpoint + "/").getBytes(StandardCharsets.UTF_8);
        byte[] path = new byte[prefix.length + name.length];
        System.arraycopy(prefix, 0, path, 0, prefix.length);
        System.arraycopy(name, 0, path, prefix.length, name.length);
        KERNEL.mkdirat(OpenFlags.AT_FDCWD, CString.of(path), 0755);
        assertThat(changes("c1")).containsExactly("C /opt", "A /opt/\ufffdx");
    }

    @Test
    void aContainerWithoutARootFileSystemIsNotThere() {
        assertThatThrownBy(() -> changes("nobody"))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("container nobody has no root file system");
    }

    @Test
    void twoImagesDifferByWhatTheirLayersDo() throws IOException {
        Layer other =
                Store.layer(
                        new TarBuilder()
                                .file("etc/hosts", "other hosts")
                                .file("opt/.wh.tool", "")
                                .file("opt/new", "new"));
        store.pull("registry.example/app:2", base, top, other);
        assertThat(between(NAME, "registry.example/app:2"))
                .containsExactly("C /etc", "C /etc/hosts", "C /opt", "A /opt/new", "D /opt/tool");
        assertThat(between("registry.example/app:2", NAME))
                .containsExactly("C /etc", "C /etc/hosts", "C /opt", "D /opt/new", "A /opt/tool");
        assertThat(between(NAME, NAME)).isEmpty();
        assertThatThrownBy(() -> between(NAME, "absent:1")).isInstanceOf(NotFoundException.class);
    }

    private List<String> between(String from, String to) {
        Stream<Change> changes = store.service.changes().between(from, to).stream();
        return changes.map(Change::toString).toList();
    }
}
