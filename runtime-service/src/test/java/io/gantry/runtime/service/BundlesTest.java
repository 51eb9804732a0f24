package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundlesTest {

    @TempDir Path directory;
    private Database database;
    private RuntimeState state;
    private Container container;

    @BeforeEach
    void runAContainer() throws IOException {
        Layout layout = new Layout(directory.resolve("root"), directory.resolve("run"));
        database = Database.open(directory.resolve("gantry.db"));
        state = RuntimeState.over(database, layout, StartPhases.NONE, Clock.SYSTEM);
        container =
                container().with(ContainerStatus.creating().created().started(7, Instant.EPOCH));
        state.bundles().write(container.id(), bundle("first"));
        state.containers().put(container);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Container container() {
        return new Container(
                ContainerId.random(),
                PodSandboxId.random(),
                ContainerConfig.of("c", "busybox", List.of("sh")),
                "sha256:1",
                "busybox@sha256:2",
                "",
                "/c",
                new ContainerUser(0, 0, List.of()),
                Signal.SIGTERM,
                LinuxResources.none(),
                Instant.EPOCH,
                ContainerStatus.creating());
    }

    private static Bundle bundle(String arg) {
        List<String> none = List.of();
        return new Bundle(
                new Spec(
                        new Process(
                                false,
                                new Process.User(0, 0, List.of(), 022),
                                List.of(arg),
                                none,
                                "/",
                                new Process.Capabilities(none, none, none, none, none),
                                List.of(),
                                false,
                                null,
                                "",
                                ""),
                        new Spec.Root("/r", false),
                        "",
                        List.of(),
                        Map.of(),
                        new LinuxSpec(
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                "/c",
                                Resources.none(),
                                null,
                                "",
                                none,
                                none,
                                Map.of())),
                List.of());
    }

    @Test
    void bundleIsInMemoryFromItsMakingToTheEndOfItsContainer() {
        assertThat(state.bundles().kept()).containsExactly(container.id());
        assertThat(state.bundleOf(container)).isEqualTo(bundle("first"));
        assertThat(state.bundleOf(container)).isSameAs(state.bundleOf(container));
        assertThat(state.bundles().kept()).containsExactly(container.id());

        state.update(container.id(), status -> status.exited(0, Instant.EPOCH, false));

        assertThat(state.bundles().kept()).isEmpty();
    }

    @Test
    void bundleOfALostOrRemovedContainerIsForgotten() {
        state.bundleOf(container);
        state.update(container.id(), status -> status.lost(Instant.EPOCH, "shim lost"));
        assertThat(state.bundles().kept()).isEmpty();

        state.containers().put(container);
        state.bundleOf(container);
        state.forget(container);
        assertThat(state.bundles().kept()).isEmpty();
    }

    @Test
    void bundleThatIsAskedForWhileItsContainerEndsIsNotKept() {
        state.update(container.id(), status -> status.exited(0, Instant.EPOCH, false));

        assertThat(state.bundleOf(container)).isEqualTo(bundle("first"));
        assertThat(state.bundles().kept()).isEmpty();
    }

    @Test
    void changedBundleTakesThePlaceOfTheKeptOne() throws IOException {
        state.bundleOf(container);

        state.bundles().write(container.id(), bundle("second"));

        assertThat(state.bundleOf(container)).isEqualTo(bundle("second"));
        assertThat(new Bundles(state.layout()).read(container.id())).isEqualTo(bundle("second"));
    }

    /** An earlier daemon takes a field that it does not know for damage. */
    @Test
    void aLabelIsInTheFileOnlyWhereThereIsOne() throws IOException {
        Path file = state.layout().container(container.id()).spec();
        assertThat(Files.readString(file)).doesNotContain("mountLabel");
        Spec plain = bundle("first").spec();
        Bundle labelled = new Bundle(plain.with(plain.linux().with("u:o:t:s0")), List.of());

        state.bundles().write(container.id(), labelled);

        assertThat(Files.readString(file)).contains("\"mountLabel\":\"u:o:t:s0\"");
        assertThat(new Bundles(state.layout()).read(container.id())).isEqualTo(labelled);
    }
}
