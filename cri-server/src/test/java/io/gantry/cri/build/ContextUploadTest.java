package io.gantry.cri.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContextUploadTest {

    private static final int FILE = 0100644;
    private static final int DIRECTORY = 0040755;
    private static final int LINK = 0120777;
    private static final Digest LAYER = Digest.sha256(bytes("layer"));
    private static final ContextUpload.Need ALL = _ -> _ -> true;
    private static final ContextUpload.Late NEVER =
            (_, _) -> {
                throw new AssertionError("files are wanted late");
            };

    @TempDir private Path root;
    private final Set<Digest> layers = new HashSet<>(Set.of(LAYER));
    private Set<Digest> held = Set.of();
    private ContextStore store;

    @BeforeEach
    void open() {
        store = store("boot");
    }

    private ContextStore store(String boot) {
        return new ContextStore(root, boot, _ -> 0, this::kept, Clock.SYSTEM);
    }

    private KeptLayers kept(Set<Digest> asked) {
        held = asked.stream().filter(layers::contains).collect(Collectors.toSet());
        return new KeptLayers() {
            @Override
            public Set<Digest> there() {
                return held;
            }

            @Override
            public void close() {
                held = Set.of();
            }
        };
    }

    @Test
    void whatIsListedIsThereWithItsContentModeAndTime() throws IOException {
        List<ContextEntry> listing =
                List.of(directory("d"), file("d/a", 1), link("l", "/etc/passwd"));
        try (ContextStore.Held held = store.take("key")) {
            BuildContext context = upload(held, listing, 1);
            assertThat(context.entries()).containsOnlyKeys("d", "d/a", "l");
            Path file = context.directory().resolve("d/a");
            assertThat(file).hasContent("content 1");
            assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1000);
            assertThat(Files.readSymbolicLink(context.directory().resolve("l")))
                    .hasToString("/etc/passwd");
            assertThat(Objects.requireNonNull(context.entries().get("d/a")).content())
                    .isEqualTo(Optional.of(Digest.sha256(bytes("content 1"))));
        }
    }

    @Test
    void ofAnUnchangedListingNothingIsWanted() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        upload("key", listing, 2);
        BuildContext again = upload("key", listing, 0);
        assertThat(again.directory().resolve("b")).hasContent("content 2");
    }

    @Test
    void onlyWhatDiffersIsWantedAndWhatIsGoneGoes() throws IOException {
        upload("key", List.of(file("a", 1), file("b", 2), file("c", 3)), 3);
        BuildContext context = upload("key", List.of(file("a", 1), file("b", 4)), 1);
        assertThat(context.directory().resolve("b")).hasContent("content 4");
        assertThat(context.directory().resolve("c")).doesNotExist();
    }

    @Test
    void aFileMayBecomeADirectoryAndALinkAndAFileAgain() throws IOException {
        upload("key", List.of(file("a", 1)), 1);
        upload("key", List.of(directory("a"), file("a/b", 2)), 1);
        upload("key", List.of(link("a", "/tmp")), 0);
        BuildContext context = upload("key", List.of(file("a", 3)), 1);
        assertThat(context.directory().resolve("a")).isRegularFile().hasContent("content 3");
    }

    @Test
    void whatWasChangedJustBeforeTheListingIsWantedAgain() throws IOException {
        ContextEntry fresh = new ContextEntry("a", FILE, 9, 1_000_000_000L, "", 0, 1, 1, true);
        upload("key", List.of(fresh), 1);
        upload("key", List.of(fresh), 1);
    }

    @Test
    void anUploadThatBrokeOffCountsForNothing() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        upload("key", listing, 2);
        List<ContextEntry> changed = List.of(file("a", 1), file("b", 3));
        try (ContextStore.Held held = store.take("key")) {
            ContextUpload upload = held.upload(changed, ALL);
            assertThat(upload.wanted()).containsExactly(1);
            assertThatThrownBy(() -> held.finish(upload, NEVER))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("the content of \"b\" did not come");
        }
        upload("key", listing, 2);
    }

    @Test
    void afterAStartOfTheKernelEverythingIsWantedAgain() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1));
        upload("key", listing, 1);
        store = store("another boot");
        upload("key", listing, 1);
    }

    @Test
    void twoBuildsOfOneDirectoryDoNotShareAPlaceAndOthersNever() {
        try (ContextStore.Held one = store.take("key");
                ContextStore.Held two = store.take("key")) {
            assertThat(store.list()).hasSize(2).allMatch(each -> each.inUse());
            assertThat(store.remove(store.list().getFirst().id())).isFalse();
            assertThat(one).isNotEqualTo(two);
        }
        assertThat(store.list()).allMatch(each -> !each.inUse());
        assertThat(store.remove(store.list().getFirst().id())).isTrue();
        assertThat(store.remove("nothing")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "/a", "a/../b", ".", "", "a//b", "a/", "missing/a"})
    void aPathThatLeadsElsewhereIsRefused(String path) {
        try (ContextStore.Held held = store.take("key")) {
            assertThatThrownBy(() -> held.upload(List.of(file(path, 1)), ALL))
                    .isInstanceOf(InvalidArgumentException.class);
        }
    }

    @Test
    void nothingIsBelowALink() {
        try (ContextStore.Held held = store.take("key")) {
            assertThatThrownBy(() -> held.upload(List.of(link("l", "/etc"), file("l/a", 1)), ALL))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("its directory is not listed before it");
        }
    }

    @Test
    void whatALayerHasIsHereNoMoreAndNotWantedAsLongAsThatIsThere() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        BuildContext first = move("a", listing, 2);
        assertThat(first.directory().resolve("a")).doesNotExist();
        assertThat(first.directory().resolve("b")).exists();
        try (ContextStore.Held place = store.take("key")) {
            BuildContext again = upload(place, listing, 0);
            assertThat(moves(again).find("a")).contains(new ContextMoves.Place(LAYER, "etc/a"));
            assertThat(moves(again).find("b")).isEmpty();
            assertThat(held).containsExactly(LAYER);
        }
        assertThat(held).isEmpty();
        layers.clear();
        BuildContext last = upload("key", listing, 1);
        assertThat(last.directory().resolve("a")).hasContent("content 1");
        assertThat(moves(last).find("a")).isEmpty();
    }

    @Test
    void whatWasMovedAndChangedIsWanted() throws IOException {
        move("a", List.of(file("a", 1)), 1);
        BuildContext context = upload("key", List.of(file("a", 2)), 1);
        assertThat(context.directory().resolve("a")).hasContent("content 2");
        assertThat(moves(context).find("a")).isEmpty();
    }

    @Test
    void whatCameBackIsHereAndStays() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1));
        move("a", listing, 1);
        try (ContextStore.Held place = store.take("key")) {
            BuildContext context = upload(place, listing, 0);
            Files.writeString(context.directory().resolve("a"), "content 1");
            moves(context).returned("a");
        }
        layers.clear();
        BuildContext context = upload("key", listing, 0);
        assertThat(context.directory().resolve("a")).hasContent("content 1");
    }

    @Test
    void anEndOfTheDaemonBeforeTheBuildsLeavesNoFileWithTwoNames() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        Path inLayer = root.resolve("layer-a");
        ContextStore.Held place = store.take("key");
        BuildContext context = upload(place, listing, 2);
        Files.createLink(inLayer, context.directory().resolve("a"));
        moves(context).add(LAYER, Map.of("a", "etc/a"));
        // Nobody closes it.
        store = store("boot");
        upload("key", listing, 2);
        assertThat(inLayer).hasContent("content 1");
        assertThat(Files.getAttribute(inLayer, "unix:nlink")).isEqualTo(1);
    }

    @Test
    void whatIsNotNeededIsListedAndComesWhenItIs() throws IOException {
        List<ContextEntry> listing = List.of(directory("d"), file("d/a", 1), file("d/b", 2));
        try (ContextStore.Held held = store.take("key")) {
            BuildContext context = upload(held, listing, Set.of("d/b"), 2);
            assertThat(context.directory().resolve("d/a")).doesNotExist();
            assertThat(entry(context, "d/a").content()).isEmpty();
            assertThat(entry(context, "d/a").isFile()).isTrue();
            assertThat(entry(context, "d/b").content()).isPresent();
            context.complete();
            assertThat(context.directory().resolve("d/a")).hasContent("content 1");
            assertThat(entry(context, "d/a").content()).contains(Digest.sha256(bytes("content 1")));
            assertThat(Files.getLastModifiedTime(context.directory().resolve("d")).toMillis())
                    .isEqualTo(1000);
            context.complete();
        }
        upload("key", listing, 0);
    }

    @Test
    void whatDidNotComeIsWantedByTheNextBuildThatNeedsIt() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        try (ContextStore.Held held = store.take("key")) {
            upload(held, listing, Set.of("b"), 1);
        }
        try (ContextStore.Held held = store.take("key")) {
            upload(held, listing, Set.of("b"));
        }
        BuildContext whole = upload("key", listing, 1);
        assertThat(whole.directory().resolve("a")).hasContent("content 1");
    }

    @Test
    void whatChangedAndIsNotNeededIsGoneUntilItIs() throws IOException {
        upload("key", List.of(file("a", 1), file("b", 2)), 2);
        List<ContextEntry> changed = List.of(file("a", 3), file("b", 2));
        try (ContextStore.Held held = store.take("key")) {
            BuildContext context = upload(held, changed, Set.of("b"));
            assertThat(context.directory().resolve("a")).doesNotExist();
            assertThat(entry(context, "a").content()).isEmpty();
        }
        assertThat(upload("key", changed, 1).directory().resolve("a")).hasContent("content 3");
    }

    @Test
    void ofALateUploadThatBrokeOffNothingCounts() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2), file("c", 3));
        try (ContextStore.Held held = store.take("key")) {
            ContextUpload upload = held.upload(listing, _ -> "c"::equals);
            fill(upload, listing, upload.wanted());
            BuildContext context =
                    held.finish(upload, (files, to) -> fill(to, listing, files.subList(0, 1)));
            assertThatThrownBy(context::complete)
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("the content of \"b\" did not come");
        }
        upload("key", List.of(file("c", 3)), 1);
    }

    @Test
    void filesThatComeLateAndFilesThatLayersGotAreKnownToTheNextBuild() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        try (ContextStore.Held held = store.take("key")) {
            BuildContext context = upload(held, listing, Set.of("b"), 1);
            moves(context).add(LAYER, Map.of("b", "etc/b"));
            context.complete();
        }
        BuildContext again = upload("key", listing, 0);
        assertThat(moves(again).find("b")).isPresent();
        assertThat(again.directory().resolve("b")).doesNotExist();
        assertThat(again.directory().resolve("a")).hasContent("content 1");
    }

    @Test
    void aFileThatWasAlteredForALayerThatNeverCameComesAgain() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2), file("c", 3));
        try (ContextStore.Held place = store.take("key")) {
            ContextMoves moves = moves(upload(place, listing, 3));
            assertThat(moves.alter("a", () -> true)).isTrue();
            assertThat(moves.alter("a", () -> true)).as("twice").isFalse();
            assertThat(moves.alter("b", () -> false)).isFalse();
            assertThat(moves.alter("c", () -> true)).isTrue();
            assertThat(moves.seal()).containsExactlyInAnyOrder("a", "c");
            assertThat(moves.alter("b", () -> true)).as("sealed").isFalse();
            moves.add(LAYER, Map.of("c", "etc/c"));
            assertThat(moves.seal()).containsExactly("a");
        }
        BuildContext again = upload("key", listing, 1);
        assertThat(again.directory().resolve("a")).hasContent("content 1");
        assertThat(moves(again).find("c")).isPresent();
    }

    @Test
    void anEndOfTheDaemonAfterAnAlterationLeavesNothingAltered() throws IOException {
        List<ContextEntry> listing = List.of(file("a", 1), file("b", 2));
        ContextMoves moves = moves(upload(store.take("key"), listing, 2));
        assertThat(moves.alter("a", () -> true)).isTrue();
        // Nobody closes it.
        store = store("boot");
        upload("key", listing, 2);
    }

    private static BuildContext.Entry entry(BuildContext context, String path) {
        return Objects.requireNonNull(context.entries().get(path));
    }

    private BuildContext move(String name, List<ContextEntry> listing, int wanted)
            throws IOException {
        try (ContextStore.Held place = store.take("key")) {
            BuildContext context = upload(place, listing, wanted);
            moves(context).add(LAYER, Map.of(name, "etc/" + name));
            assertThat(context.directory().resolve(name)).exists();
            return context;
        }
    }

    private static ContextMoves moves(BuildContext context) {
        return context.moves().orElseThrow();
    }

    private BuildContext upload(String key, List<ContextEntry> listing, int wanted)
            throws IOException {
        try (ContextStore.Held held = store.take(key)) {
            return upload(held, listing, wanted);
        }
    }

    private static BuildContext upload(
            ContextStore.Held held, List<ContextEntry> listing, int wanted) throws IOException {
        ContextUpload upload = held.upload(listing, ALL);
        assertThat(upload.wanted()).hasSize(wanted);
        fill(upload, listing, upload.wanted());
        return held.finish(upload, NEVER);
    }

    private static void fill(ContextUpload upload, List<ContextEntry> listing, List<Integer> files)
            throws IOException {
        for (int each : files) {
            try (ContextUpload.Incoming file = upload.receive(each)) {
                file.write(bytes("content " + listing.get(each).inode()));
                file.finish();
            }
        }
    }

    /** Uploads only files of these names, and the others when they are wanted. */
    private static BuildContext upload(
            ContextStore.Held held,
            List<ContextEntry> listing,
            Set<String> needed,
            Integer... wanted)
            throws IOException {
        ContextUpload upload = held.upload(listing, _ -> needed::contains);
        assertThat(upload.wanted()).containsExactly(wanted);
        fill(upload, listing, upload.wanted());
        return held.finish(upload, (files, to) -> fill(to, listing, files));
    }

    private static ContextEntry file(String path, long number) {
        return new ContextEntry(path, FILE, 9, 1_000_000_000L, "", 0, number, number, false);
    }

    private static ContextEntry directory(String path) {
        return new ContextEntry(path, DIRECTORY, 0, 1_000_000_000L, "", 0, 1, 1, false);
    }

    private static ContextEntry link(String path, String target) {
        return new ContextEntry(path, LINK, 0, 1_000_000_000L, target, 0, 1, 1, false);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
