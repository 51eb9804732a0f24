package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Platform;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UntagRulesTest {

    private static final Digest DIGEST = Digest.sha256(new byte[0]);
    private static final String AT = "@" + DIGEST;

    private static Image image(List<String> tags, List<String> digests) {
        ContainerDefaults defaults =
                new ContainerDefaults(
                        "", List.of(), List.of(), List.of(), List.of(), List.of(), "", Map.of(), "",
                        null);
        ImageConfig config =
                new ImageConfig(
                        Platform.of("linux", "amd64", ""),
                        null,
                        "",
                        defaults,
                        List.of(),
                        List.of());
        return new Image(
                DIGEST, DIGEST, tags, digests, 1, config, DIGEST, List.of(), false, Instant.EPOCH);
    }

    @Test
    void oneOfTwoTagsGoesAlone() {
        Image image = image(List.of("r.io/a:1", "r.io/a:2"), List.of("r.io/a" + AT));
        Catalog.Removal removal = UntagRules.without(image, "r.io/a:1");
        assertThat(removal.names()).containsExactly("r.io/a:1");
        assertThat(removal.whole()).isFalse();
    }

    @Test
    void theLastTagTakesTheDigestsOfItsRepositoryAlong() {
        Image image =
                image(
                        List.of("r.io/a:1", "r.io:5000/b:1"),
                        List.of("r.io/a" + AT, "r.io:5000/b" + AT));
        Catalog.Removal removal = UntagRules.without(image, "r.io:5000/b:1");
        assertThat(removal.names()).containsExactly("r.io:5000/b:1", "r.io:5000/b" + AT);
        assertThat(removal.whole()).isFalse();
    }

    @Test
    void theLastTagTakesTheImageAlong() {
        Image image = image(List.of("r.io/a:1"), List.of("r.io/a" + AT));
        assertThat(UntagRules.without(image, "r.io/a:1").whole()).isTrue();
    }

    @Test
    void aDigestGoesAloneAsLongAsThereIsATag() {
        Image image = image(List.of("r.io/a:1"), List.of("r.io/a" + AT));
        Catalog.Removal removal = UntagRules.without(image, "r.io/a" + AT);
        assertThat(removal.names()).containsExactly("r.io/a" + AT);
        assertThat(removal.whole()).isFalse();
    }

    @Test
    void aDigestThatWasTheOnlyNameTakesTheImageAlong() {
        Image image = image(List.of(), List.of("r.io/a" + AT));
        assertThat(UntagRules.without(image, "r.io/a" + AT).whole()).isTrue();
    }

    @Test
    void repositoriesAreThoseOfTagsWithTheirPorts() {
        Image image = image(List.of("r.io:5000/b:1", "r.io/a:1", "r.io/a:2"), List.of());
        assertThat(UntagRules.repositoriesOf(image)).containsExactly("r.io/a", "r.io:5000/b");
    }
}
