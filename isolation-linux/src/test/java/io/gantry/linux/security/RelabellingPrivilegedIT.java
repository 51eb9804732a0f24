package io.gantry.linux.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Labels of files, which a kernel without SELinux keeps all the same for root. */
@Tag("privileged")
@Timeout(60)
class RelabellingPrivilegedIT {

    private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";
    private static final CString NAME = CString.of("security.selinux");

    private final Syscalls syscalls = Syscalls.system();
    private final Selinux selinux = new Selinux(true, syscalls);

    @TempDir private Path directory;

    private String labelOf(Path file) throws IOException {
        return labelOf(CString.of(file.toString()));
    }

    private String labelOf(CString file) throws IOException {
        return new String(syscalls.lgetxattr(file, NAME).orElse(new byte[0]), UTF_8);
    }

    @Test
    void aTreeIsLabelledWholeAndNothingThatItsLinksLeadTo() throws IOException {
        Path tree = Files.createDirectories(directory.resolve("tree"));
        Path deep = Files.createDirectories(tree.resolve("a/b"));
        Path file = Files.writeString(deep.resolve("f"), "");
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Path secret = Files.writeString(outside.resolve("secret"), "");
        Path link = Files.createSymbolicLink(tree.resolve("link"), outside);

        selinux.relabel(tree, LABEL);

        assertThat(labelOf(tree)).isEqualTo(LABEL);
        assertThat(labelOf(deep)).isEqualTo(LABEL);
        assertThat(labelOf(file)).isEqualTo(LABEL);
        assertThat(labelOf(link)).isEqualTo(LABEL);
        assertThat(labelOf(outside)).isEmpty();
        assertThat(labelOf(secret)).isEmpty();
    }

    @Test
    void aFileAloneIsLabelled() throws IOException {
        Path file = Files.writeString(directory.resolve("f"), "");
        selinux.relabel(file, LABEL);
        assertThat(labelOf(file)).isEqualTo(LABEL);
        selinux.relabel(file, "u:o:t:s0");
        assertThat(labelOf(file)).isEqualTo("u:o:t:s0");
    }

    /** Who exchanges a directory for a link after the path was checked leads no further. */
    @Test
    void aDirectoryOfTheSystemIsLeftAloneWhereALinkLeadsToIt() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/"));
        assertThatThrownBy(() -> selinux.relabel(link.resolve("srv"), LABEL))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("SELinux labels below /srv are the system's, and stay as they are");
    }

    /** Images and clients write such, whatever this JVM's locale. */
    @Test
    void aNameThatIsNoTextIsLabelled() throws IOException {
        byte[] name = (directory + "/x%").getBytes(UTF_8);
        name[name.length - 1] = (byte) 0xff;
        syscalls.mkdirat(OpenFlags.AT_FDCWD, CString.of(name), 0700);
        selinux.relabel(directory, LABEL);
        assertThat(labelOf(CString.of(name))).isEqualTo(LABEL);
    }

    /** A pipe that nobody writes to must not be waited for. */
    @Test
    void whatIsNoFileIsLabelledAndNotOpened() throws Exception {
        Path pipe = directory.resolve("pipe");
        Process mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start();
        assertThat(mkfifo.waitFor(1, TimeUnit.MINUTES)).isTrue();
        selinux.relabel(directory, LABEL);
        assertThat(labelOf(pipe)).isEqualTo(LABEL);
    }

    @Test
    void whatIsNestedTooDeeplyIsRefusedAndNotFollowedForEver() throws IOException {
        int parent = OpenFlags.AT_FDCWD;
        CString name = CString.of(directory + "/d");
        for (int i = 0; i < 1100; i++) {
            syscalls.mkdirat(parent, name, 0700);
            int next = syscalls.openat(parent, name, OpenFlags.O_DIRECTORY, 0);
            if (parent != OpenFlags.AT_FDCWD) {
                syscalls.close(parent);
            }
            parent = next;
            name = CString.of("d");
        }
        syscalls.close(parent);
        try {
            assertThatThrownBy(() -> selinux.relabel(directory.resolve("d"), LABEL))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("nested too deeply");
        } finally {
            // Deeper than what this JVM removes by path.
            new ProcessBuilder("rm", "-rf", directory + "/d").inheritIO().start().onExit().join();
        }
    }
}
