package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ParentCgroupTest {

    @Test
    void daemonsOnDifferentDirectoriesShareNone() {
        assertThat(ParentCgroup.path(Path.of("/var/lib/gantry")).value()).isEqualTo("/gantry");
        assertThat(ParentCgroup.path(Path.of("/data/gantry")).value())
                .isEqualTo("/gantry-295cbe8f");
        assertThat(ParentCgroup.path(Path.of("/data/other")))
                .isNotEqualTo(ParentCgroup.path(Path.of("/data/gantry")));
    }
}
