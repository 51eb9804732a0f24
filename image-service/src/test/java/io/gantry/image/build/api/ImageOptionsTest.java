package io.gantry.image.build.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.ImageOptions.Algorithm;
import io.gantry.image.build.api.ImageOptions.Format;
import io.gantry.image.build.api.ImageOptions.Packing;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageOptionsTest {

    private static ImageOptions packed(Packing packing) {
        return new ImageOptions(
                List.of(), Map.of(), Map.of(), Format.OCI, packing, Optional.empty(), false);
    }

    @Test
    void anImageWithADateIsPackedTheSameEverywhere() {
        ImageOptions plain = ImageOptions.defaults();

        assertThat(plain.layerPacking().level()).isEmpty();
        assertThat(plain.dated(Instant.EPOCH).layerPacking())
                .isEqualTo(new Packing(Algorithm.GZIP, Optional.of(4)));
    }

    @Test
    void aDateDoesNotChangeWhatWasAskedFor() {
        for (Packing each :
                List.of(
                        new Packing(Algorithm.GZIP, Optional.of(9)),
                        new Packing(Algorithm.ZSTD, Optional.empty()),
                        new Packing(Algorithm.NONE, Optional.empty()))) {
            assertThat(packed(each).dated(Instant.EPOCH).layerPacking()).isEqualTo(each);
        }
    }
}
