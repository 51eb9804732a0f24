package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.layer.TarEntry.Segment;
import io.gantry.linux.syscall.FileStatus.Time;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TarReaderTest {

    private static final int MAX_HEADER = 1 << 20;

    private static TarReader reader(byte[] tar) {
        // In pieces that end anywhere.
        ByteBuffer rest = ByteBuffer.wrap(tar);
        return new TarReader(
                () -> {
                    if (!rest.hasRemaining()) {
                        return null;
                    }
                    int count = Math.min(rest.remaining(), 1000);
                    ByteBuffer piece = rest.slice(rest.position(), count);
                    rest.position(rest.position() + count);
                    return piece;
                },
                MAX_HEADER);
    }

    private static TarEntry only(TarBuilder tar) throws IOException {
        return Objects.requireNonNull(reader(tar.build()).next());
    }

    private static String content(TarReader reader) throws IOException {
        StringBuilder content = new StringBuilder();
        for (ByteBuffer part = reader.content(7); part != null; part = reader.content(7)) {
            content.append(StandardCharsets.ISO_8859_1.decode(part));
        }
        return content.toString();
    }

    @Test
    void entriesComeInOrderWithTheirContent() throws IOException {
        TarReader reader =
                reader(new TarBuilder().file("a", "first one").file("b", "second").build());
        assertThat(Objects.requireNonNull(reader.next()).name()).isEqualTo("a");
        assertThat(content(reader)).isEqualTo("first one");
        assertThat(Objects.requireNonNull(reader.next()).name()).isEqualTo("b");
        assertThat(content(reader)).isEqualTo("second");
        assertThat(reader.next()).isNull();
    }

    @Test
    void contentThatNobodyReadIsSkipped() throws IOException {
        String large = "x".repeat(300_000);
        TarReader reader = reader(new TarBuilder().file("a", large).file("b", "second").build());
        reader.next();
        assertThat(Objects.requireNonNull(reader.next()).name()).isEqualTo("b");
        assertThat(content(reader)).isEqualTo("second");
    }

    @Test
    void anArchiveWithoutItsFinalBlocksEnds() throws IOException {
        byte[] tar = new TarBuilder().file("a", "first").build();
        TarReader reader = reader(Arrays.copyOf(tar, tar.length - 1024));
        reader.next();
        assertThat(reader.next()).isNull();
    }

    @Test
    void anArchiveCutInAnEntryFails() throws IOException {
        byte[] tar = new TarBuilder().file("a", "first").build();
        TarReader reader = reader(Arrays.copyOf(tar, 514));
        reader.next();
        assertThatThrownBy(reader::next)
                .isInstanceOf(EOFException.class)
                .hasMessage("archive ends in the middle of an entry");
    }

    @Test
    void paxRecordsOverrideTheHeader() throws IOException {
        TarEntry entry =
                only(
                        new TarBuilder()
                                .entry(
                                        '0',
                                        "short",
                                        e ->
                                                e.pax("path", "long/" + "n".repeat(200))
                                                        .pax("uid", "70000")
                                                        .pax("gid", "4294967294")
                                                        .pax("mtime", "1600000000.123456789")));
        assertThat(entry.name()).isEqualTo("long/" + "n".repeat(200));
        assertThat(entry.uid()).isEqualTo(70_000);
        assertThat(Integer.toUnsignedLong(entry.gid())).isEqualTo(4_294_967_294L);
        assertThat(entry.modified()).isEqualTo(new Time(1_600_000_000, 123_456_789));
    }

    @Test
    void aTimeBeforeTheEpochRoundsDownwards() throws IOException {
        TarEntry entry = only(new TarBuilder().entry('0', "a", e -> e.pax("mtime", "-1.25")));
        assertThat(entry.modified()).isEqualTo(new Time(-2, 750_000_000));
    }

    @Test
    void attributeValuesStayBinary() throws IOException {
        byte[] value = {1, 0, 0, 2, (byte) 0xff, '\n', '='};
        TarEntry entry =
                only(
                        new TarBuilder()
                                .entry(
                                        '0',
                                        "a",
                                        e -> e.pax.put("SCHILY.xattr.security.capability", value)));
        assertThat(entry.xattrs()).containsOnlyKeys("security.capability");
        assertThat(entry.xattrs().get("security.capability")).isEqualTo(value);
    }

    @Test
    void namesThatAreNoUtf8StayAsTheyAre() throws IOException {
        TarEntry entry = only(new TarBuilder().file("caf\u00e9\u00ff", ""));
        assertThat(entry.name()).isEqualTo("caf\u00e9\u00ff");
        assertThat(TarEntry.cstring(entry.name()).bytes())
                .isEqualTo(new byte[] {'c', 'a', 'f', (byte) 0xe9, (byte) 0xff});
    }

    @Test
    void gnuLongNamesAreTaken() throws IOException {
        String name = "d/".repeat(100) + "name";
        String link = "t".repeat(150);
        TarEntry entry =
                only(
                        new TarBuilder()
                                .entry('L', "././@LongLink", e -> e.content = bytes(name + "\0"))
                                .entry('K', "././@LongLink", e -> e.content = bytes(link + "\0"))
                                .symlink("short", "short"));
        assertThat(entry.name()).isEqualTo(name);
        assertThat(entry.linkName()).isEqualTo(link);
    }

    @Test
    void aNameThatEndsInASlashIsADirectoryInOldArchives() throws IOException {
        TarEntry entry = only(new TarBuilder().entry('\0', "old/", e -> {}));
        assertThat(entry.type()).isEqualTo(TarType.DIRECTORY);
    }

    @Test
    void globalRecordsAreLeftAside() throws IOException {
        TarEntry entry =
                only(
                        new TarBuilder()
                                .entry('g', "g", e -> e.content = bytes("13 path=evil\n"))
                                .file("a", ""));
        assertThat(entry.name()).isEqualTo("a");
    }

    @Test
    void anExtendedHeaderLargerThanTheBoundIsRefusedUnread() {
        TarBuilder tar = new TarBuilder().entry('x', "pax", e -> e.size = MAX_HEADER + 1L);
        assertThatThrownBy(() -> only(tar))
                .isInstanceOf(LayerFormatException.class)
                .hasMessage("extended header of 1048577 bytes, more than 1048576");
    }

    @Test
    void malformedPaxRecordsAreRefused() {
        for (String records :
                new String[] {"5 a=", "x", "99 a=b\n", "6 ab=\n ", "0 a=b\n", "3 a\n", "6 =ab\n"}) {
            TarBuilder tar =
                    new TarBuilder()
                            .entry('x', "pax", e -> e.content = bytes(records))
                            .file("a", "");
            assertThatThrownBy(() -> only(tar))
                    .as(records)
                    .isInstanceOf(LayerFormatException.class)
                    .hasMessage("malformed PAX header");
        }
    }

    @Test
    void aNulInAPaxPathIsRefused() {
        TarBuilder tar = new TarBuilder().entry('0', "a", e -> e.pax("path", "a\0b"));
        assertThatThrownBy(() -> only(tar)).hasMessage("NUL in PAX record path");
    }

    @Test
    void aNegativeSizeIsRefused() {
        TarBuilder tar = new TarBuilder().entry('0', "a", e -> e.pax("size", "-1"));
        assertThatThrownBy(() -> only(tar)).hasMessage("negative size -1");
    }

    @Test
    void aWrongChecksumIsRefused() {
        byte[] tar = new TarBuilder().file("a", "").build();
        tar[0] = 'b';
        assertThatThrownBy(() -> reader(tar).next()).hasMessage("tar header has a wrong checksum");
    }

    @Test
    void unknownTypesAreRefused() {
        TarBuilder tar = new TarBuilder().entry('V', "a", e -> {});
        assertThatThrownBy(() -> only(tar)).hasMessage("unknown tar entry type 0x56");
    }

    @Test
    void sizesBeyondOctalAreReadInBase256() throws IOException {
        TarEntry entry = only(new TarBuilder().entry('0', "a", e -> e.size = 1L << 40));
        assertThat(entry.size()).isEqualTo(1L << 40);
    }

    @Test
    void sparseMapsOfPaxRecordsAreRead() throws IOException {
        TarEntry entry =
                only(
                        new TarBuilder()
                                .entry(
                                        '0',
                                        "GNUSparseFile.0/a",
                                        e -> {
                                            e.content = bytes("abcdef");
                                            e.pax("GNU.sparse.size", "1000")
                                                    .pax("GNU.sparse.name", "a")
                                                    .pax("GNU.sparse.map", "10,2,500,4");
                                        }));
        assertThat(entry.name()).isEqualTo("a");
        assertThat(entry.size()).isEqualTo(1000);
        assertThat(entry.segments()).containsExactly(new Segment(10, 2), new Segment(500, 4));
    }

    @Test
    void sparseMapsInTheContentAreRead() throws IOException {
        byte[] content = Arrays.copyOf(bytes("2\n10\n2\n500\n4\n"), 512 + 6);
        System.arraycopy(bytes("abcdef"), 0, content, 512, 6);
        TarReader reader =
                reader(
                        new TarBuilder()
                                .entry(
                                        '0',
                                        "x",
                                        e -> {
                                            e.content = content;
                                            e.pax("GNU.sparse.major", "1")
                                                    .pax("GNU.sparse.minor", "0")
                                                    .pax("GNU.sparse.name", "a")
                                                    .pax("GNU.sparse.realsize", "1000");
                                        })
                                .build());
        TarEntry entry = Objects.requireNonNull(reader.next());
        assertThat(entry.size()).isEqualTo(1000);
        assertThat(entry.segments()).containsExactly(new Segment(10, 2), new Segment(500, 4));
        assertThat(content(reader)).isEqualTo("abcdef");
    }

    @Test
    void sparseMapsThatOverlapOrReachTooFarAreRefused() {
        for (String map : new String[] {"0,4,2,2", "998,6", "0,5", "10,2,0,4"}) {
            TarBuilder tar =
                    new TarBuilder()
                            .entry(
                                    '0',
                                    "a",
                                    e -> {
                                        e.content = bytes("abcdef");
                                        e.pax("GNU.sparse.size", "1000").pax("GNU.sparse.map", map);
                                    });
            assertThatThrownBy(() -> only(tar))
                    .as(map)
                    .isInstanceOf(LayerFormatException.class)
                    .hasMessageStartingWith("sparse map");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
