package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageEvents.Delivery;
import io.gantry.image.service.ImageEvents.Subscription;
import io.gantry.image.service.ImageNames.Removed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names given and taken, on a real store. */
@Tag("privileged")
@Timeout(300)
class ImageNamesPrivilegedIT {

    private static final String NAME = "registry.example/app:1";

    @TempDir private Path root;
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        store = new Store(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Optional<Image> find(String name) {
        return store.service.images().find(name);
    }

    private Removed remove(String name) {
        return store.service.names().remove(name, false);
    }

    @Test
    void anImageIsTheSameByEveryNameAndKeepsItsDigests() throws IOException {
        Image image = store.pull(NAME, Store.layer("f", "1"));
        Image tagged = store.tag("registry.example/app:1", "other:2");
        assertThat(tagged.id()).isEqualTo(image.id());
        assertThat(tagged.repoTags()).containsExactly("docker.io/library/other:2", NAME);
        assertThat(tagged.repoDigests()).isEqualTo(image.repoDigests());
        store.reopen();
        assertThat(find("other:2")).contains(tagged);
        assertThat(find(image.id().hex().substring(0, 12))).contains(tagged);
    }

    @Test
    void aTagMovesAndLeavesTheOtherImageWithoutAName() {
        Image first = store.pull(NAME, Store.layer("f", "1"));
        Image second = store.pull("registry.example/app:2", Store.layer("f", "2"));
        store.tag(first.id().toString(), "local:x");
        store.service.names().remove(NAME, false);
        store.tag(second.id().hex().substring(0, 10), "local:x");
        assertThat(find("local:x").orElseThrow().id()).isEqualTo(second.id());
        Image dangling = find(first.id().toString()).orElseThrow();
        assertThat(dangling.repoTags()).isEmpty();
        assertThat(dangling.repoDigests()).isEmpty();
    }

    @Test
    void aTagOfWhatIsNotHereFails() {
        assertThatThrownBy(() -> store.tag("nothing:1", "other:1"))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("image nothing:1 is not here");
    }

    @Test
    void nobodyChoosesADigestAndNoNameIsGivenThen() {
        Image image = store.pull(NAME, Store.layer("f", "1"));
        ImageReference good = ImageReference.parse("good:1");
        ImageReference bad = ImageReference.parse("bad@" + image.id());
        assertThatThrownBy(() -> store.service.names().tag(NAME, List.of(good, bad)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("a digest is not for choosing");
        assertThat(find("good:1")).isEmpty();
    }

    @Test
    void oneOfSeveralNamesIsOnlyTakenOff() {
        Image image = store.pull(NAME, Store.layer("f", "1"));
        store.tag(NAME, "other:2");
        Removed removed = remove("other:2");
        assertThat(removed.untagged()).containsExactly("docker.io/library/other:2");
        assertThat(removed.deleted()).isEmpty();
        assertThat(removed.freedBytes()).isZero();
        assertThat(find(NAME)).contains(image);
    }

    @Test
    void theLastNameTakesTheImageWithItAndFreesWhatItAloneHad() throws IOException {
        Image image = store.pull(NAME, Store.layer("f", "1"), Store.layer("g", "2"));
        store.pull("registry.example/other:1", Store.layer("f", "1"));
        long unique =
                Objects.requireNonNull(store.service.accounts().uses().get(image.id())).unique();
        long before = store.service.images().fsInfo().usedBytes();
        Removed removed = remove(NAME);
        assertThat(removed.untagged()).containsExactly(NAME, image.repoDigests().getFirst());
        assertThat(removed.deleted()).containsExactly(image.id(), image.layers().getLast());
        assertThat(removed.freedBytes()).isEqualTo(unique);
        assertThat(store.service.images().fsInfo().usedBytes()).isEqualTo(before - unique);
        assertThat(find(image.id().toString())).isEmpty();
    }

    @Test
    void anIdTakesAllNamesOfOneRepositoryButNotOfSeveralUnforced() throws IOException {
        Image image = store.pull(NAME, Store.layer("f", "1"));
        store.tag(NAME, "registry.example/app:2");
        store.tag(NAME, "elsewhere.example/app:1");
        String id = image.id().toString();
        assertThatThrownBy(() -> remove(id))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "image "
                                + id
                                + " has tags in several repositories: elsewhere.example/app,"
                                + " registry.example/app; remove it by name, or by force");
        remove("elsewhere.example/app:1");
        assertThat(remove(id).untagged()).hasSize(3);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anImageThatAContainerUsesIsRemovedByForceOnlyAndTheContainerKeepsItsFiles() {
        Image image = store.pull(NAME, Store.layer("f", "1"));
        store.service.rootfs().prepare("c1", NAME);
        assertThatThrownBy(() -> remove(NAME))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("image " + NAME + " is used by container c1");
        store.tag(NAME, "other:1");
        assertThat(remove("other:1").deleted()).isEmpty();
        Removed removed = store.service.names().remove(NAME, true);
        assertThat(removed.deleted()).containsExactly(image.id());
        Digest layer = image.layers().getFirst();
        assertThat(root.resolve("snapshots").resolve(layer.hex()).resolve("fs/f")).exists();
    }

    @Test
    void removingWhatIsNotHereIsAnErrorForAUser() {
        assertThatThrownBy(() -> remove("nothing:1")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void everyoneWhoListensHearsOfIt() throws InterruptedException {
        try (Subscription events = store.service.events().subscribe()) {
            Image first = store.pull(NAME, Store.layer("f", "1"));
            Image second = store.pull(NAME, Store.layer("f", "2"));
            store.tag(NAME, "other:1");
            remove("other:1");
            remove(NAME);
            String a = first.id().hex().substring(0, 4);
            String b = second.id().hex().substring(0, 4);
            assertThat(heard(events))
                    .containsExactly(
                            "PULL " + a + " " + NAME,
                            "UNTAG " + a + " " + NAME,
                            "PULL " + b + " " + NAME,
                            "TAG " + b + " docker.io/library/other:1",
                            "UNTAG " + b + " docker.io/library/other:1",
                            "UNTAG " + b + " " + NAME,
                            "UNTAG " + b + " " + second.repoDigests().getFirst(),
                            "DELETE " + b + " ");
        }
    }

    private static List<String> heard(Subscription events) throws InterruptedException {
        List<String> heard = new ArrayList<>();
        Deadline now = Deadline.after(Duration.ZERO, Clock.SYSTEM);
        for (Optional<Delivery> next = events.next(now);
                next.isPresent();
                next = events.next(now)) {
            ImageEvents.Event event = next.get().event();
            String id = event.image().map(image -> image.hex().substring(0, 4)).orElse("");
            heard.add(event.action() + " " + id + " " + event.name());
        }
        return heard;
    }
}
