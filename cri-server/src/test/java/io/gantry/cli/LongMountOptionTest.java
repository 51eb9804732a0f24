package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.proto.engine.Mount;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LongMountOptionTest {

    private static Mount parse(String text) {
        return LongMountOption.parse(text, Path.of("/here"));
    }

    @Test
    void imagesAreNamedAndReadOnly() {
        assertThat(parse("type=image,source=model:1,target=/m,image-subpath=a/b"))
                .isEqualTo(
                        Mount.newBuilder()
                                .setImage("model:1")
                                .setImageSubPath("a/b")
                                .setTarget("/m")
                                .setReadonly(true)
                                .build());
    }

    @Test
    void hostPathsAreTakenFromHere() {
        Mount expected = Mount.newBuilder().setSource("/here/a").setTarget("/b").build();
        assertThat(parse("type=bind,src=./a,dst=/b")).isEqualTo(expected);
        assertThat(parse("source=a,destination=/b,ro"))
                .isEqualTo(expected.toBuilder().setReadonly(true).build());
    }

    @Test
    void whatMakesNoSenseIsSaid() {
        Map.of(
                        "type=volume,source=a,target=/b",
                        "type 'volume' is not bind or image",
                        "type=image,target=/b",
                        "source is missing",
                        "source=a,target=b",
                        "target 'b' is not an absolute path",
                        "type=image,source=a,target=/b,readonly=false",
                        "an image is always mounted read-only",
                        "source=a,target=/b,image-subpath=c",
                        "only an image has an image-subpath",
                        "source=a,src=b,target=/b",
                        "source is said twice",
                        "source=a,target=/b,bind-propagation=shared",
                        "'bind-propagation=shared' is not known",
                        "source=a,target=/b,ro=x",
                        "readonly is true or false, not 'x'",
                        "source,target=/b",
                        "'source' is not known")
                .forEach(
                        (text, why) ->
                                assertThatThrownBy(() -> parse(text))
                                        .isInstanceOf(UsageException.class)
                                        .hasMessage("--mount: '" + text + "': " + why));
    }
}
