package io.gantry.image.gc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.metadata.RootfsRow;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReferencesTest {

    private final ImageRow one = image("one", List.of("shared", "own1"));
    private final ImageRow two = image("two", List.of("shared", "own2"));

    private static Digest digest(String what) {
        return Digest.sha256(what.getBytes(StandardCharsets.UTF_8));
    }

    private static ImageRow image(String name, List<String> layers) {
        List<Digest> blobs = layers.stream().map(layer -> digest("blob " + layer)).toList();
        List<Digest> chain = layers.stream().map(ReferencesTest::digest).toList();
        return new ImageRow(digest(name), digest("manifest " + name), blobs, chain, Instant.EPOCH);
    }

    @Test
    void whatTwoImagesShareIsNeededButByNoneAlone() {
        References references = References.of(List.of(one, two), List.of(), Set.of());
        assertThat(references.needLayer(digest("shared"))).isTrue();
        assertThat(references.oneImageNeedsLayer(digest("shared"))).isFalse();
        assertThat(references.oneImageNeedsLayer(digest("own1"))).isTrue();
        assertThat(references.oneImageNeedsBlob(digest("blob shared"))).isFalse();
        assertThat(references.oneImageNeedsBlob(digest("manifest two"))).isTrue();
    }

    @Test
    void aLayerThatAnImageHasTwiceIsStillItsAlone() {
        ImageRow twice = image("twice", List.of("empty", "empty"));
        References references = References.of(List.of(twice), List.of(), Set.of());
        assertThat(references.oneImageNeedsLayer(digest("empty"))).isTrue();
        assertThat(references.oneImageNeedsBlob(digest("blob empty"))).isTrue();
    }

    @Test
    void aContainerKeepsLayersButNoBlobs() {
        RootfsRow rootfs = new RootfsRow("c", one.id(), one.layers());
        References without = References.of(List.of(), List.of(rootfs), Set.of());
        assertThat(without.needLayer(digest("own1"))).isTrue();
        assertThat(without.needBlob(digest("blob own1"))).isFalse();
        References with = References.of(List.of(one), List.of(rootfs), Set.of());
        assertThat(with.oneImageNeedsLayer(digest("own1"))).isFalse();
        assertThat(with.oneImageNeedsBlob(digest("blob own1"))).isTrue();
    }

    /** The lowest layer of an image whose blobs are plain has its blob's digest for a chain id. */
    @Test
    void aBlobIsNotKeptForALayerOfTheSameDigest() {
        RootfsRow rootfs = new RootfsRow("c", one.id(), List.of(digest("plain")));
        References references = References.of(List.of(), List.of(rootfs), Set.of());
        assertThat(references.needLayer(digest("plain"))).isTrue();
        assertThat(references.needBlob(digest("plain"))).isFalse();
    }

    @Test
    void anImageNeedsTheBlobsOfAllItsManifests() {
        ManifestRow other =
                new ManifestRow(digest("index"), digest("other"), List.of(digest("packed")));
        ImageRow both =
                new ImageRow(one.id(), one.current(), List.of(other), one.layers(), Instant.EPOCH);
        References references = References.of(List.of(both), List.of(), Set.of());
        assertThat(references.oneImageNeedsBlob(digest("packed"))).isTrue();
        assertThat(references.oneImageNeedsBlob(digest("other"))).isTrue();
        assertThat(references.oneImageNeedsBlob(digest("blob own1"))).isTrue();
    }

    @Test
    void aLeaseKeepsBlobAndLayer() {
        References references = References.of(List.of(one), List.of(), Set.of(digest("own1")));
        assertThat(references.oneImageNeedsLayer(digest("own1"))).isFalse();
        assertThat(References.of(List.of(), List.of(), Set.of(digest("x"))).needBlob(digest("x")))
                .isTrue();
    }
}
