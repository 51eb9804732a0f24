package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ParentCgroupTest {

    @Test
    void daemonsOnDifferentDirectoriesShareNone() {
        assertThat(ParentCgroup.name(Path.of("/var/lib/gantry"))).isEqualTo("gantry");
        assertThat(ParentCgroup.name(Path.of("/data/gantry"))).isEqualTo("gantry-295cbe8f");
        assertThat(ParentCgroup.name(Path.of("/data/other")))
                .isNotEqualTo(ParentCgroup.name(Path.of("/data/gantry")));
    }

    @Test
    void nameIsThatOfADirectoryOrOfASlice() {
        assertThat(ParentCgroup.names("gantry-1", false).parentPath().value())
                .isEqualTo("/gantry-1");
        assertThat(ParentCgroup.names("gantry-1", true).parentPath().value())
                .isEqualTo("/gantry.slice/gantry-1.slice");
    }
}
