package io.gantry.image.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {

    private static final String HEX = "a".repeat(64);
    private static final String DIGEST = "sha256:" + HEX;

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox:latest, busybox:latest",
        "busybox:1.36, docker.io/library/busybox:1.36, busybox:1.36",
        "docker.io/busybox, docker.io/library/busybox:latest, busybox:latest",
        "index.docker.io/busybox:1, docker.io/library/busybox:1, busybox:1",
        "docker.io/library/busybox, docker.io/library/busybox:latest, busybox:latest",
        "user/app, docker.io/user/app:latest, user/app:latest",
        "quay.io/a/b/c:v1, quay.io/a/b/c:v1, quay.io/a/b/c:v1",
        "localhost/app, localhost/app:latest, localhost/app:latest",
        "localhost:5000/app, localhost:5000/app:latest, localhost:5000/app:latest",
        "127.0.0.1:5000/app:v2, 127.0.0.1:5000/app:v2, 127.0.0.1:5000/app:v2",
        "[::1]:5000/app, [::1]:5000/app:latest, [::1]:5000/app:latest",
        "Registry/app, Registry/app:latest, Registry/app:latest",
        "a/b__c--d.e_f, docker.io/a/b__c--d.e_f:latest, a/b__c--d.e_f:latest",
        "app:5000, docker.io/library/app:5000, app:5000"
    })
    void namesAreNormalisedAsDockerDoes(String text, String canonical, String familiar) {
        ImageReference reference = ImageReference.parse(text);
        assertThat(reference.canonical()).isEqualTo(canonical);
        assertThat(reference.familiar()).isEqualTo(familiar);
        assertThat(ImageReference.parse(canonical)).isEqualTo(reference);
        assertThat(ImageReference.parse(familiar)).isEqualTo(reference);
    }

    @Test
    void digestTakesThePlaceOfTheDefaultTag() {
        ImageReference reference = ImageReference.parse("busybox@" + DIGEST);
        assertThat(reference.tag()).isNull();
        assertThat(reference.repoTag()).isEmpty();
        assertThat(reference.target()).isEqualTo(DIGEST);
        assertThat(reference).hasToString("docker.io/library/busybox@" + DIGEST);
    }

    @Test
    void digestDecidesBesideATag() {
        ImageReference reference = ImageReference.parse("busybox:1.36@" + DIGEST);
        assertThat(reference.target()).isEqualTo(DIGEST);
        assertThat(reference.repoTag()).contains("docker.io/library/busybox:1.36");
        assertThat(reference.familiar()).isEqualTo("busybox:1.36@" + DIGEST);
        assertThat(reference.repoDigest(Digest.parse(DIGEST)))
                .isEqualTo("docker.io/library/busybox@" + DIGEST);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|it is empty",
                "Busybox|repository \"library/Busybox\" must be lower case",
                "quay.io/A/b|repository \"A/b\" must be lower case",
                "busybox:|invalid tag \"\"",
                "busybox:-x|invalid tag \"-x\"",
                "busybox:a b|invalid tag \"a b\"",
                "quay.io/|the repository is empty",
                "quay.io//a|invalid repository \"/a\"",
                "a/../b|invalid repository \"a/../b\"",
                "a/b___c|invalid repository \"a/b___c\"",
                "a/b..c|invalid repository \"a/b..c\"",
                "http://quay.io/a|invalid registry \"http:\"",
                "quay.io:99999/a|invalid registry \"quay.io:99999\"",
                "-a.io/a|invalid registry \"-a.io\"",
                "busybox@sha256:abc|invalid digest \"sha256:abc\": "
                        + "sha256 takes 64 lower-case hex digits",
                "busybox@|invalid digest \"\": no algorithm before a colon"
            })
    void malformedNamesAreRefusedWithTheReason(String text, String reason) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("invalid image reference \"" + text + "\": " + reason);
    }

    @Test
    void imageIdIsNotAName() {
        assertThatThrownBy(() -> ImageReference.parse(HEX))
                .hasMessageEndingWith("64 hex digits are an image id, not a name");
        assertThat(ImageReference.parse(HEX + ":v1").tag()).isEqualTo("v1");
    }

    @Test
    void nameAndTagHaveLimits() {
        String longest = "r.io/" + "a".repeat(250);
        assertThat(ImageReference.parse(longest).name()).hasSize(255);
        assertThatThrownBy(() -> ImageReference.parse(longest + "a"))
                .hasMessageEndingWith("the name is longer than 255 characters");
        assertThat(ImageReference.parse("a:" + "t".repeat(128)).tag()).hasSize(128);
        assertThatThrownBy(() -> ImageReference.parse("a:" + "t".repeat(129)))
                .isInstanceOf(InvalidArgumentException.class);
    }
}
