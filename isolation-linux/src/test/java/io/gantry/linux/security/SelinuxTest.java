package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelinuxTest {

    @TempDir private Path root;
    private Selinux selinux;

    @BeforeEach
    void machine() {
        selinux = new Selinux(true, Syscalls.system(), root);
    }

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    @Test
    void withoutAWordOfThePolicyLabelsAreThoseOfMostPolicies() {
        assertThat(selinux.process().label()).isEqualTo("system_u:system_r:container_t:s0");
        assertThat(selinux.file().label()).isEqualTo("system_u:object_r:container_file_t:s0");
    }

    @Test
    void thePolicyInForceSaysWhichLabelsContainersHave() throws IOException {
        file("etc/selinux/config", "# which\nSELINUX=enforcing\nSELINUXTYPE=mls\n");
        file(
                "etc/selinux/mls/contexts/lxc_contexts",
                "process = \"a:b:c_t:s0\"\ncontent = \"x:y:z:s0\"\nfile = \"a:o:f_t:s0\"\n");
        assertThat(selinux.process().label()).isEqualTo("a:b:c_t:s0");
        assertThat(selinux.file().label()).isEqualTo("a:o:f_t:s0");

        file("usr/share/containers/selinux/contexts", "process = \"p:q:r_t:s0\"\n");
        assertThat(selinux.process().label()).isEqualTo("p:q:r_t:s0");
    }

    @Test
    void aLabelIsShownToTheKernel() throws IOException {
        file("sys/fs/selinux/context", "");
        selinux.require("field", SelinuxContext.parse("u:r:t:s0:c1,c2"));
        assertThat(root.resolve("sys/fs/selinux/context")).hasContent("u:r:t:s0:c1,c2");
    }

    @Test
    void aLabelThatTheKernelRefusesIsNamedWithItsField() throws IOException {
        Path context = root.resolve("sys/fs/selinux/context");
        Files.createDirectories(context.getParent());
        Files.createSymbolicLink(context, Path.of("/dev/full"));
        assertThatThrownBy(() -> selinux.require("a.b", SelinuxContext.parse("u:r:t:s9")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("a.b: SELinux label \"u:r:t:s9\" is not one of the policy in force");
    }

    @Test
    void aKernelThatCannotBeAskedIsNoReasonToBlameTheLabel() {
        assertThatThrownBy(() -> selinux.require("a.b", SelinuxContext.parse("u:r:t:s0")))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("sys/fs/selinux/context is not there");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/etc",
                "/usr/",
                "/var/../etc",
                "/var/lib",
                "/proc/1",
                "/sys/fs",
                "/dev"
            })
    void directoriesOfTheSystemAreLeftAlone(String path) {
        assertThatThrownBy(() -> selinux.relabel(Path.of(path), "u:o:t:s0"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("are the system's, and stay as they are");
    }
}
