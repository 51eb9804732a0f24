package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.CacheFrom;
import io.gantry.image.build.api.CacheTo;
import io.gantry.image.layer.Root;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.FakeRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of steps that one node makes and another takes over, by a registry between them. */
@Tag("privileged")
class BuildCachePrivilegedIT {

    private static final String FILE =
            """
            FROM scratch AS base
            COPY busybox /bin/busybox
            RUN ["/bin/busybox", "--install", "-s", "/bin"]
            FROM base AS aside
            RUN echo aside > /aside
            FROM base
            COPY a /a
            COPY --from=aside /aside /aside
            RUN mkdir /d && echo $RANDOM$RANDOM > /d/now && rm /a
            """;

    @TempDir private Path directory;
    private FakeRegistry registry;
    private Building one;
    private Building other;

    @BeforeEach
    void open() throws Exception {
        Root.required();
        registry = FakeRegistry.start();
        one = building("one");
        other = building("other");
    }

    private Building building(String name) throws IOException {
        Building building = new Building(directory.resolve(name));
        Files.copy(Building.BUSYBOX, building.context.resolve("busybox"));
        building.context.resolve("busybox").toFile().setExecutable(true);
        building.file("a", "1");
        return building;
    }

    @AfterEach
    void close() {
        one.close();
        other.close();
        registry.close();
    }

    @Test
    void whatOneNodeHasMadeAnotherDoesNotMakeAgain() throws IOException {
        BuildResult made = one.build(to(new CacheTo.Registry(cache(), true)), one.inputs());
        BuildResult taken = other.build(from(cache()), other.inputs());
        assertThat(other.runner.runs()).isZero();
        assertThat(other.cached()).hasSize(6);
        assertThat(taken.images()).isEqualTo(made.images());
        assertThat(other.read("x", "/d/now")).isEqualTo(one.read("x", "/d/now"));
        assertThat(other.read("x", "/a")).isEmpty();
        other.build(from(cache()), other.inputs());
        assertThat(other.runner.runs()).isZero();
        other.file("a", "2");
        other.build(from(cache()), other.inputs());
        assertThat(other.runner.runs()).as("what follows the file that is another").isEqualTo(1);
    }

    @Test
    void anImageCarriesItsOwnCache() throws IOException {
        BuildResult made = one.build(to(new CacheTo.Inline()), one.inputs());
        push(one, "x", reference("team/app:1"));
        other.build(from(reference("team/app:1")), other.inputs());
        assertThat(other.runner.runs()).as("the stage that is not in the image").isEqualTo(1);
        assertThat(other.read("x", "/d/now")).isEqualTo(one.read("x", "/d/now"));
        assertThat(one.text(made.images().getFirst().id())).contains("gantry.build.cache.v1");
    }

    @Test
    void aCacheThatIsNotThereOrIncompleteCostsTimeAndNoMore() throws IOException {
        other.build(from(cache()), other.inputs());
        assertThat(other.events.toString()).contains("importing cache manifest from ");
        assertThat(other.runner.runs()).isEqualTo(3);
        one.build(to(new CacheTo.Registry(cache(), false)), one.inputs());
        AtomicInteger blobs = new AtomicInteger();
        registry.fail(
                100,
                it -> it.uri().contains("/blobs/") && blobs.getAndIncrement() > 0,
                FakeRegistry.status(404, ""));
        try (Building third = building("third")) {
            third.build(from(cache()), third.inputs());
            assertThat(third.runner.runs()).isEqualTo(3);
            assertThat(blobs)
                    .as("the list of steps, and at least one of these")
                    .hasValueGreaterThan(1);
        }
    }

    private ImageReference cache() {
        return reference("team/cache:latest");
    }

    private ImageReference reference(String name) {
        return ImageReference.parse(registry.name() + "/" + name);
    }

    private static BuildRequest to(CacheTo to) {
        return request(List.of(), List.of(to));
    }

    private static BuildRequest from(ImageReference from) {
        return request(List.of(new CacheFrom.Registry(from)), List.of());
    }

    private static BuildRequest request(List<CacheFrom> from, List<CacheTo> to) {
        BuildRequest plain = Building.request("x", FILE, Map.of());
        return new BuildRequest(
                plain.file(),
                plain.target(),
                plain.arguments(),
                plain.platforms(),
                plain.image(),
                new BuildRequest.CacheOptions(false, Set.of(), false, from, to),
                plain.run());
    }

    private static void push(Building from, String image, ImageReference to) {
        PushOrder order = new PushOrder(image, List.of(to), null, Credentials.ANONYMOUS);
        from.store.service.pusher(from.registries).push(order, PushListener.NONE, Building.soon());
    }
}
