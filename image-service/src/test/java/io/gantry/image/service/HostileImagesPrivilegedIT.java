package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.ServiceException;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images whose layers may be, and that mean harm to whoever looks into them. */
@Tag("privileged")
@Timeout(300)
class HostileImagesPrivilegedIT {

    private static final String NAME = "registry.example/hostile:1";

    @TempDir private Path directory;
    private Building building;
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        store = building.store;
    }

    @AfterEach
    void close() {
        building.close();
    }

    private static TarBuilder etc() {
        return new TarBuilder().directory("etc", 0755);
    }

    @Test
    void accountsThatAreNoFileNeitherBlockNorAreRead() {
        Consumer<TarBuilder.Entry> zero =
                entry -> {
                    entry.major = 1;
                    entry.minor = 5;
                };
        store.pull(
                NAME,
                Store.layer(etc().entry('6', "etc/passwd", e -> {}).entry('3', "etc/group", zero)));
        for (String file : List.of("/etc/passwd", "/etc/group")) {
            assertThatThrownBy(() -> store.service.rootfs().readFile(NAME, file))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining(file);
        }
    }

    @Test
    void accountsBehindLinksAreThoseOfTheImageOrNone() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "of the host");
        Layer links =
                Store.layer(
                        etc().symlink("etc/passwd", secret.toString())
                                .symlink("etc/group", "../../../../../../../.." + secret)
                                .symlink("etc/circle", "circle")
                                .file("own", "own")
                                .symlink("etc/shadow", "/own"));
        store.pull(NAME, links);
        RootfsStore rootfs = store.service.rootfs();
        assertThat(rootfs.readFile(NAME, "/etc/passwd")).isEmpty();
        assertThat(rootfs.readFile(NAME, "/etc/group")).isEmpty();
        assertThat(rootfs.readFile(NAME, "/etc/shadow")).isPresent();
        assertThatThrownBy(() -> rootfs.readFile(NAME, "/etc/circle"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("/etc/circle");
    }

    /** An image that says that it is what a build would make is believed by nobody. */
    @Test
    void aHistoryThatNamesAStepIsNoResultOfIt() throws IOException {
        Layer base = Store.layer("base", "base");
        Layer evil = Store.layer("x", "evil");
        store.pull("registry.example/base:1", base);
        store.registry.publish(
                NAME,
                "{},\"history\":[{\"created_by\":\"base\"},{\"created_by\":\"COPY a /x #"
                        + " buildkit\"}]",
                List.of(base, evil));
        Image poisoned = store.pullPublished(NAME);
        assertThat(poisoned.config().history().getLast().createdBy()).startsWith("COPY a /x");
        building.file("a", "good");
        building.build("built:1", "FROM registry.example/base:1\nCOPY a /x\n");
        assertThat(building.read("built:1", "/x")).hasValue("good");
        assertThat(building.cached()).doesNotContain("[2/2] COPY a /x");
    }
}
