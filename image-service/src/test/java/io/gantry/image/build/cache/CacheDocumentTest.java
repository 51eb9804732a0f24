package io.gantry.image.build.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheDocumentTest {

    private static final CachedStep STEP =
            new CachedStep(
                    digest("layer"),
                    digest("diff"),
                    new Descriptor(MediaType.OCI_LAYER_GZIP, digest("blob"), 7),
                    "gzip",
                    "RUN \"make\"",
                    Instant.ofEpochMilli(1_700_000_000_123L),
                    List.of(digest("one"), digest("two")));

    @Test
    void whatIsWrittenIsReadAgain() {
        CacheDocument document = new CacheDocument(List.of(STEP, STEP));
        assertThat(CacheDocument.decode(document.encode())).isEqualTo(document);
    }

    @Test
    void anImageHasItInAFieldOrHasNone() {
        String steps =
                new String(new CacheDocument(List.of(STEP)).encode(), StandardCharsets.UTF_8);
        byte[] config = bytes("{\"os\":\"linux\",\"" + CacheDocument.FIELD + "\":" + steps + "}");
        assertThat(CacheDocument.decodeInline(config).steps()).containsExactly(STEP);
        assertThat(CacheDocument.decodeInline(bytes("{\"os\":\"linux\"}")).steps()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing",
                "{\"steps\":[{}]}",
                "{\"steps\":[{\"layer\":\"sha256:12\"}]}",
                "{\"steps\":[7]}",
            })
    void whatIsNoCacheIsRefused(String text) {
        assertThatThrownBy(() -> CacheDocument.decode(bytes(text)))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("a build cache is ");
    }

    @Test
    void aBlobWithoutASizeIsRefused() {
        String text =
                new String(new CacheDocument(List.of(STEP)).encode(), StandardCharsets.UTF_8)
                        .replace("\"size\":7", "\"size\":-7");
        assertThatThrownBy(() -> CacheDocument.decode(bytes(text)))
                .isInstanceOf(DataLossException.class);
    }

    private static Digest digest(String text) {
        return Digest.sha256(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
