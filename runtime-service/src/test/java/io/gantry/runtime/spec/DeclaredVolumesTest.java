package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.container.ContainerMount;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeclaredVolumesTest {

    private static List<String> of(List<String> declared, String... mounted) {
        List<ContainerMount> mounts =
                List.of(mounted).stream()
                        .map(path -> ContainerMount.bind("/srv", path, false))
                        .toList();
        return DeclaredVolumes.of(declared, mounts);
    }

    @Test
    void pathsAreMadePlainAndParentsComeFirst() {
        assertThat(of(List.of("/var//lib/./db/data/", "var/lib/db", "/a/../b")))
                .containsExactly("/b", "/var/lib/db", "/var/lib/db/data");
    }

    @Test
    void aVolumeAtOrAboveThePathCoversIt() {
        List<String> declared = List.of("/var/lib/postgresql/data", "/var/lib/postgresql2");
        assertThat(of(declared, "/var/lib/postgresql/data/"))
                .containsExactly("/var/lib/postgresql2");
        assertThat(of(declared, "/var/lib/postgresql")).containsExactly("/var/lib/postgresql2");
        assertThat(of(declared, "/var/lib/postgresql/data/wal")).hasSize(2);
    }

    @Test
    void noImageReplacesWhatEveryContainerHas() {
        assertThat(of(List.of("/proc", "/dev/shm", "/sys/fs/cgroup", "/etc/hosts", "/./proc/self")))
                .isEmpty();
        SandboxView view =
                new SandboxView(Path.of("/h"), Path.of("/o"), Path.of("/r"), Path.of("/s"));
        List<String> standard =
                DefaultMounts.of(view, false, false).stream().map(SpecMount::destination).toList();
        assertThat(of(standard)).isEmpty();
    }

    @Test
    void volumesThatCannotBeAreNamed() {
        for (String path : List.of("/", "", "/a/..", "../..")) {
            assertThatThrownBy(() -> of(List.of(path)))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessage("the image declares a volume at \"%s\", where none can be", path);
        }
        assertThatThrownBy(() -> of(List.of("/a\0b")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("/a\\0b");
    }
}
