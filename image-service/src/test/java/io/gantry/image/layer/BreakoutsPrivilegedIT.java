package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kinds of breakout that were published for containerd (its archive suite, CVE-2021-32760,
 * CVE-2025-47290), Docker (CVE-2014-6407, CVE-2014-9356, CVE-2018-15664), Podman (CVE-2019-18466,
 * CVE-2024-1753) and BuildKit (CVE-2024-23652), as archives. Each is refused, or does within the
 * layer what it wanted to do outside; outside nothing changes in either case.
 */
@Tag("privileged")
class BreakoutsPrivilegedIT {

    /** Holds the layer and, beside it, what must not change. */
    @TempDir private Path directory;

    private Path layer;
    private Path outside;

    @BeforeEach
    void makeDirectories() throws IOException {
        Root.required();
        layer = Files.createDirectory(directory.resolve("layer"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "untouched");
    }

    /**
     * An attack.
     *
     * @param archive told where outside is
     */
    record Attack(String name, Archive archive) {
        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    interface Archive {
        TarBuilder on(TarBuilder tar, String outside);
    }

    private static Attack attack(String name, Archive archive) {
        return new Attack(name, archive);
    }

    static Stream<Attack> refused() {
        return Stream.of(
                        linksThatLeadOut(),
                        hardLinksThatLeadOut(),
                        directoriesThatBecomeLinks(),
                        whiteoutsThatLeadOut(),
                        nodesThroughLinks(),
                        impossibleNames())
                .flatMap(attacks -> attacks);
    }

    private static Stream<Attack> linksThatLeadOut() {
        return Stream.of(
                attack(
                        "two absolute links in a row",
                        (t, o) -> t.symlink("a", o).symlink("b", "a").file("b/x", "bad")),
                attack(
                        "two relative links in a row",
                        (t, o) ->
                                t.directory("d", 0755)
                                        .symlink("d/a", "../../outside")
                                        .symlink("b", "d/a")
                                        .file("b/x", "bad")),
                attack(
                        "a link in the middle of a name",
                        (t, o) -> t.symlink("a", o + "/..").file("a/outside/x", "bad")),
                attack(
                        "a link to the root of the machine",
                        (t, o) -> t.symlink("root", "/proc/self/root").file("root" + o + "/x", "")),
                attack(
                        "links in a circle",
                        (t, o) -> t.symlink("a", "b").symlink("b", "a").file("a/x", "bad")),
                attack(
                        "more links than the kernel follows",
                        (t, o) -> chain(t, 60).file("l59/x", "bad")));
    }

    private static Stream<Attack> hardLinksThatLeadOut() {
        return Stream.of(
                attack(
                        "a hard link down and out",
                        (t, o) -> t.directory("d", 0755).hardLink("l", "d/../../outside/file")),
                attack(
                        "a hard link out of a directory of its own",
                        (t, o) -> t.directory("d", 0755).hardLink("d/l", "../outside/file")),
                attack(
                        "a hard link that begins with the working directory",
                        (t, o) -> t.hardLink("l", "./../outside/file")),
                attack(
                        "a hard link through two links",
                        (t, o) -> t.symlink("a", o).symlink("b", "a").hardLink("l", "b/file")),
                attack(
                        "a hard link that would be set-uid",
                        (t, o) ->
                                t.entry(
                                        '1',
                                        "l",
                                        e -> {
                                            e.link = "../outside/file";
                                            e.mode = 06777;
                                        })));
    }

    private static Stream<Attack> directoriesThatBecomeLinks() {
        return Stream.of(
                attack(
                        "a directory that becomes a link after its first file",
                        (t, o) ->
                                t.directory("d", 0755)
                                        .file("d/a", "")
                                        .entry('2', "d/", e -> e.link = o)
                                        .file("d/x", "bad")),
                attack(
                        "the parent of a parent that becomes a link",
                        (t, o) ->
                                t.directory("p/d", 0755)
                                        .file("p/d/a", "")
                                        .symlink("p", o)
                                        .file("p/d/x", "bad")),
                attack(
                        "a link that is whited out and comes back as another",
                        (t, o) ->
                                t.directory("d", 0755)
                                        .file(".wh.d", "")
                                        .symlink("d", o)
                                        .file("d/x", "bad")));
    }

    private static Stream<Attack> whiteoutsThatLeadOut() {
        return Stream.of(
                attack(
                        "a whiteout through a link in the middle",
                        (t, o) -> t.symlink("a", o + "/..").file("a/outside/.wh.file", "")),
                attack(
                        "a whiteout below a link that leads nowhere",
                        (t, o) -> t.symlink("a", "none").file("a/.wh.file", "")),
                attack(
                        "an opaque directory through a link in the middle",
                        (t, o) -> t.symlink("a", o + "/..").file("a/outside/.wh..wh..opq", "")),
                attack("a whiteout of a name upwards", (t, o) -> t.file("d/.wh.../x", "")));
    }

    private static Stream<Attack> nodesThroughLinks() {
        return Stream.of(
                attack(
                        "a device through a link",
                        (t, o) -> t.symlink("a", o).entry('3', "a/null", e -> e.major = 1)),
                attack(
                        "a pipe through a link",
                        (t, o) -> t.symlink("a", o).entry('6', "a/pipe", e -> {})),
                attack(
                        "a directory through a link",
                        (t, o) -> t.symlink("a", o).directory("a/d", 0777)));
    }

    private static Stream<Attack> impossibleNames() {
        return Stream.of(
                attack(
                        "a name that PAX sets behind the header's",
                        (t, o) -> t.entry('0', "safe", e -> e.pax("path", "../outside/x"))),
                attack(
                        "a name that the header's prefix completes",
                        (t, o) -> t.entry('0', "./x/../../outside/x", e -> {})),
                attack("a name with a NUL", (t, o) -> t.entry('0', "a", e -> e.pax("path", "a\0"))),
                attack(
                        "a link target with a NUL",
                        (t, o) -> t.entry('2', "a", e -> e.pax("linkpath", "b\0" + o))),
                attack(
                        "a name longer than names can be",
                        (t, o) -> t.entry('0', "a", e -> e.pax("path", "n".repeat(300)))),
                attack(
                        "a path longer than paths can be",
                        (t, o) -> t.entry('0', "a", e -> e.pax("path", "d/".repeat(3000) + "f"))),
                attack(
                        "an attribute with an impossible name",
                        (t, o) ->
                                t.entry(
                                        '0',
                                        "a",
                                        e -> e.pax("SCHILY.xattr.user." + "n".repeat(300), "v"))));
    }

    @ParameterizedTest
    @MethodSource
    void refused(Attack attack) throws IOException {
        byte[] tar = attack.archive.on(new TarBuilder(), outside.toString()).build();
        assertThatThrownBy(() -> apply(tar))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageStartingWith("layer test: ");
        assertOutsideUntouched();
    }

    /**
     * An archive that is none's harm.
     *
     * @param inside checks the layer
     */
    record Harmless(String name, Archive archive, Consumer<Path> inside) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Harmless harmless(String name, Archive archive, Consumer<Path> inside) {
        return new Harmless(name, archive, inside);
    }

    static Stream<Harmless> staysInside() {
        return Stream.of(
                harmless(
                        "a file in place of a link to a file outside",
                        (t, o) -> t.symlink("l", o + "/file").file("l", ""),
                        in -> assertThat(in.resolve("l")).isEmptyFile()),
                harmless(
                        "a file in place of a hard link to a link",
                        (t, o) -> t.symlink("s", o + "/file").hardLink("l", "s").file("l", "bad"),
                        in -> assertThat(in.resolve("l")).hasContent("bad")),
                harmless(
                        "a file in place of a hard link to a link to what is not there",
                        (t, o) -> t.symlink("s", o + "/new").hardLink("l", "s").file("l", "bad"),
                        in -> assertThat(in.resolve("l")).hasContent("bad")),
                harmless(
                        "a set-uid file in place of a link",
                        (t, o) -> t.symlink("l", o + "/file").entry('0', "l", e -> e.mode = 04755),
                        in -> assertThat(mode(in.resolve("l"))).isEqualTo(04755)),
                harmless(
                        "a whiteout of a link",
                        (t, o) -> t.symlink("l", o + "/file").file(".wh.l", ""),
                        in -> assertThat(in.resolve("l")).isSymbolicLink()),
                harmless(
                        "a directory in place of a link to one",
                        (t, o) -> t.symlink("d", o).directory("d", 0700).file("d/x", "in"),
                        in -> assertThat(in.resolve("d/x")).hasContent("in")),
                harmless(
                        "a link upwards that the root ends",
                        (t, o) ->
                                t.directory("outside", 0755)
                                        .symlink("up", "../../../outside")
                                        .file("up/x", "in"),
                        in -> assertThat(in.resolve("outside/x")).hasContent("in")),
                harmless(
                        "an owner and a mode for a link",
                        (t, o) ->
                                t.entry(
                                        '2',
                                        "l",
                                        e -> {
                                            e.link = o + "/file";
                                            e.uid = 12345;
                                            e.mode = 06777;
                                        }),
                        in -> assertThat(in.resolve("l")).isSymbolicLink()),
                harmless(
                        "an attribute for a link",
                        (t, o) ->
                                t.entry(
                                        '2',
                                        "l",
                                        e -> {
                                            e.link = o + "/file";
                                            e.pax("SCHILY.xattr.trusted.evil", "x");
                                        }),
                        in -> assertThat(in.resolve("l")).isSymbolicLink()));
    }

    @ParameterizedTest
    @MethodSource
    void staysInside(Harmless harmless) throws IOException {
        apply(harmless.archive.on(new TarBuilder(), outside.toString()).build());
        harmless.inside.accept(layer);
        assertOutsideUntouched();
    }

    static Stream<Attack> tooLarge() {
        return Stream.concat(largeHeaders(), largeFiles());
    }

    private static Stream<Attack> largeHeaders() {
        return Stream.of("x", "g", "L", "K")
                .map(
                        type ->
                                attack(
                                        "an extended header of 8 EiB, type " + type,
                                        (t, o) ->
                                                t.entry(
                                                        type.charAt(0),
                                                        "h",
                                                        e -> e.size = Long.MAX_VALUE)));
    }

    private static Stream<Attack> largeFiles() {
        return Stream.of(
                attack(
                        "a file of 8 EiB",
                        (t, o) -> t.entry('0', "f", e -> e.size = Long.MAX_VALUE)),
                attack(
                        "a size beyond 64 bits",
                        (t, o) -> t.entry('0', "f", e -> e.pax("size", "9223372036854775808"))),
                attack(
                        "a negative size of a sparse file",
                        (t, o) ->
                                t.entry(
                                        '0',
                                        "f",
                                        e ->
                                                e.pax("GNU.sparse.size", "-1")
                                                        .pax("GNU.sparse.map", "0,0"))),
                attack(
                        "a sparse file of 8 EiB",
                        (t, o) ->
                                t.entry(
                                        '0',
                                        "f",
                                        e ->
                                                e.pax("GNU.sparse.size", "9223372036854775807")
                                                        .pax(
                                                                "GNU.sparse.map",
                                                                "9223372036854775807,0"))),
                attack(
                        "sparse files that only together are too large",
                        (t, o) -> {
                            for (int i = 0; i < 4; i++) {
                                t.entry(
                                        '0',
                                        "f" + i,
                                        e ->
                                                e.pax("GNU.sparse.size", "4611686018427387903")
                                                        .pax(
                                                                "GNU.sparse.map",
                                                                "4611686018427387903,0"));
                            }
                            return t;
                        }));
    }

    @ParameterizedTest
    @MethodSource
    void tooLarge(Attack attack) throws IOException {
        byte[] tar = attack.archive.on(new TarBuilder(), outside.toString()).build();
        assertThatThrownBy(() -> apply(tar)).isInstanceOf(InvalidLayerException.class);
        try (Stream<Path> files = Files.list(layer)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aZstdBombIsStopped() {
        byte[] zeros = new byte[256 << 20];
        byte[] header = new TarBuilder().entry('0', "bomb", e -> e.size = 255 << 20).build();
        System.arraycopy(header, 0, zeros, 0, 512);
        byte[] bomb = Zstd.compress(zeros);
        assertThatThrownBy(() -> apply(bomb))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageContaining("unpacks to more than 500 times its size");
    }

    @Test
    void tenMillionEntriesAreMoreThanALayerMayHave() {
        assertThat(LayerLimits.defaults().maxEntries()).isLessThan(10_000_000);
    }

    private static TarBuilder chain(TarBuilder tar, int length) {
        tar.directory("l", 0755).symlink("l0", "l");
        IntStream.range(1, length).forEach(i -> tar.symlink("l" + i, "l" + (i - 1)));
        return tar;
    }

    private static int mode(Path file) {
        try {
            return (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void apply(byte[] blob) throws IOException {
        new LayerApplier(Syscalls.system(), LayerLimits.defaults())
                .apply("test", new ByteArrayInputStream(blob), layer);
    }

    private void assertOutsideUntouched() throws IOException {
        try (Stream<Path> beside = Files.list(directory);
                Stream<Path> in = Files.list(outside)) {
            assertThat(beside).containsExactlyInAnyOrder(layer, outside);
            assertThat(in).containsExactly(outside.resolve("file"));
        }
        Path file = outside.resolve("file");
        assertThat(file).hasContent("untouched");
        assertThat((int) Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
        assertThat((int) Files.getAttribute(file, "unix:uid")).isZero();
        assertThat(mode(file) & 07000).isZero();
    }
}
