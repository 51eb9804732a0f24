package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.layer.EntryPath.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryPathTest {

    @ParameterizedTest
    @CsvSource({
        "a, '', a",
        "./a/b, a, b",
        "/etc/passwd, etc, passwd",
        "a//b/./c/, a/b, c",
        "a/../b, '', b",
        "./, '', ''",
        "a/.., '', ''"
    })
    void namesAreCleaned(String raw, String parent, String name) throws LayerFormatException {
        assertThat(EntryPath.clean(raw)).isEqualTo(new EntryPath(parent, name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../a", "a/../../b", "/../etc/x", "../../etc/x"})
    void namesThatLeadOutAreRefused(String raw) {
        assertThatThrownBy(() -> EntryPath.clean(raw))
                .isInstanceOf(LayerFormatException.class)
                .hasMessage("the name leads out of the layer");
    }

    @Test
    void whiteoutsAreToldByTheirName() throws LayerFormatException {
        assertThat(EntryPath.clean("d/.wh.x").kind()).isEqualTo(Kind.WHITEOUT);
        assertThat(EntryPath.clean("d/.wh.x").hidden()).isEqualTo("x");
        assertThat(EntryPath.clean(".wh....").hidden()).isEqualTo("...");
        assertThat(EntryPath.clean("d/.wh..wh..opq").kind()).isEqualTo(Kind.OPAQUE);
        assertThat(EntryPath.clean(".wh..wh.plnk/1.2").kind()).isEqualTo(Kind.IGNORED);
        assertThat(EntryPath.clean("d/.whx").kind()).isEqualTo(Kind.PLAIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {".wh.", "d/.wh.", ".wh..", "d/.wh..", "d/.wh..."})
    void whiteoutsOfNothingAreRefused(String raw) throws LayerFormatException {
        EntryPath path = EntryPath.clean(raw);
        assertThatThrownBy(path::kind).hasMessage("invalid whiteout");
    }

    @ParameterizedTest
    @ValueSource(strings = {".wh.d/x", "a/.wh.d/.wh.x", ".wh.d/.wh..wh..opq"})
    void nothingLiesInAWhiteout(String raw) throws LayerFormatException {
        EntryPath path = EntryPath.clean(raw);
        assertThatThrownBy(path::kind).hasMessage("invalid whiteout: it stands for a directory");
    }
}
