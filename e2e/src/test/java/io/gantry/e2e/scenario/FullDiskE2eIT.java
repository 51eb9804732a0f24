package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.GantryDaemon;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.HostState;
import io.gantry.e2e.harness.NetworkNamespace;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import io.gantry.e2e.harness.TestImages;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.engine.CreateContainerRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon whose disk has no room left: what takes some fails and says so, what makes some works.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "it makes pods until there is no room for another, which takes minutes")
class FullDiskE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();

    private static final String SIZE = "32m";
    private static final String STATE_SIZE = "1m";
    private static final int MANY = 300;
    private static final int BIG = 3 << 20;

    @TempDir private Path directory;
    private Path home;
    private GantryDaemon daemon;
    private HostState before;

    @BeforeEach
    void start() throws IOException {
        home = NODE.bed().newHome();
        daemon =
                new GantryDaemon(
                        home, new GantryDaemon.Setup(NODE.bed().registry(), NetworkNamespace.HOST));
        mount(daemon.root(), SIZE);
        mount(daemon.state(), STATE_SIZE);
        daemon.start();
        cri().pull(NODE.image());
        // So that what the first container makes is no difference, nor what fills the disk.
        cri().removeOwnContainer(create("warm-up"));
        Files.createFile(filler());
        before = HostState.of(daemon);
    }

    private static void mount(Path directory, String size) throws IOException {
        Files.createDirectories(directory);
        Command.of("mount", "-t", "tmpfs", "-o", "size=" + size, "none", directory.toString())
                .run()
                .orThrow();
    }

    private String create(String name) {
        CreateContainerRequest container =
                CreateContainerRequest.newBuilder().setImage(NODE.image()).setName(name).build();
        return cri().engine().createContainer(container).getId();
    }

    @AfterEach
    void end() throws IOException {
        Files.deleteIfExists(stuffing());
        daemon.removeEverything();
        daemon.close();
        Command.of("umount", daemon.root().toString()).run().orThrow();
        Command.of("umount", daemon.state().toString()).run().orThrow();
        NODE.bed().discard(home);
    }

    private Cri cri() {
        return daemon.cri();
    }

    private Path filler() {
        return daemon.root().resolve("filler");
    }

    private Path stuffing() {
        return daemon.state().resolve("filler");
    }

    private void fill() {
        fill(filler());
    }

    private static void fill(Path file) {
        Command.Result full =
                Command.of("dd", "if=/dev/zero", "of=" + file, "bs=4k", "status=none").run();
        assertThat(full.err()).contains("No space left on device");
    }

    private String big() {
        byte[] noise = new byte[BIG];
        new Random(1).nextBytes(noise);
        Tar layer = new Tar().file("noise", noise);
        return NODE.bed()
                .registry()
                .push(
                        NODE.bed().images().layered("big", layer, TestImages.configuration()),
                        "e2e/big:1");
    }

    /** Creates containers until there is no room for another. */
    private List<String> createUntilFull(String sandbox, PodSandboxConfig pod) {
        List<String> made = new ArrayList<>();
        Throwable full =
                catchThrowable(
                        () -> {
                            for (int i = 0; i < MANY; i++) {
                                made.add(
                                        cri().create(
                                                        sandbox,
                                                        pod,
                                                        Requests.script(
                                                                        "c" + i,
                                                                        NODE.image(),
                                                                        "true")
                                                                .build()));
                            }
                        });
        Failures.is(full, Status.Code.RESOURCE_EXHAUSTED, "full");
        return made;
    }

    private void assertNothingOfImages() throws IOException {
        for (String part : List.of("content/blobs/sha256", "snapshots", "active", "unpack", "l")) {
            try (Stream<Path> left = Files.list(daemon.root().resolve(part))) {
                assertThat(left).as(part).isEmpty();
            }
        }
    }

    @Test
    void everythingCanBeRemovedFromAFullDisk() throws IOException {
        PodSandboxConfig pod = Requests.pod("full", home.resolve("logs")).build();
        String sandbox = cri().runPod(pod);
        String running =
                cri().create(sandbox, pod, Requests.script("r", NODE.image(), "sleep 100").build());
        cri().start(running);
        String waiting =
                cri().create(sandbox, pod, Requests.script("w", NODE.image(), "true").build());
        String big = big();
        fill();

        Failures.is(
                catchThrowable(() -> cri().pull(big)),
                Status.Code.RESOURCE_EXHAUSTED,
                "the file system of " + daemon.root() + " is full");
        assertThat(cri().imageStatus(big)).isEmpty();
        List<String> made = createUntilFull(sandbox, pod);
        assertThat(cri().containers()).hasSize(made.size() + 2);
        assertThat(cri().shell(running, "echo still here")).isEqualTo("still here\n");
        cri().start(waiting);
        assertThat(cri().awaitExit(waiting).getExitCode()).isZero();

        daemon.stop();
        daemon.start();
        made.forEach(cri()::remove);
        cri().stop(running, 0);
        cri().removePod(sandbox);
        cri().removeImage(NODE.image());
        assertThat(cri().imageList()).isEmpty();
        HostLeakExtension.check(daemon, before, -1);
        Await.until(
                "an empty trash",
                Await.seconds(60),
                () -> {
                    try (Stream<Path> left = Files.list(daemon.root().resolve("trash"))) {
                        return left.findAny().isEmpty();
                    }
                });
        assertNothingOfImages();

        Files.delete(filler());
        cri().pull(big);
        assertThat(daemon.root().resolve("reserve")).exists();
    }

    @Test
    void aBuildThatFillsTheDiskSaysSoAndLeavesNothing() throws IOException {
        Files.writeString(
                directory.resolve("Dockerfile"),
                "FROM "
                        + NODE.image()
                        + "\nCOPY noise /noise\nRUN cat /noise /noise /noise > /more\n");
        byte[] noise = new byte[BIG];
        new Random(2).nextBytes(noise);
        Files.write(directory.resolve("noise"), noise);
        // Room for the context and the copy, not for what the command makes of it.
        Command.of("fallocate", "-l", "12M", filler().toString()).run().orThrow();
        Command.Result failed =
                daemon.client().run("build", "-t", "e2e/full:1", directory.toString());
        assertThat(failed.code()).isNotZero();
        assertThat(failed.err()).contains("No space left on device");
        assertThat(cri().imageList()).hasSize(1);
        daemon.client().ok("image", "prune", "-a", "-f");
        assertThat(cri().imageList()).isEmpty();
        HostLeakExtension.check(daemon, before, -1);
    }

    @Test
    void aFullStateDirectoryIsToldOfAndWithRoomTheSameCallsSucceed() throws IOException {
        PodSandboxConfig pod = Requests.pod("state", home.resolve("logs")).build();
        PodSandboxConfig other = Requests.pod("other", home.resolve("logs")).build();
        String sandbox = cri().runPod(pod);
        String waiting =
                cri().create(sandbox, pod, Requests.script("w", NODE.image(), "sleep 100").build());
        String ends =
                cri().create(sandbox, pod, Requests.script("e", NODE.image(), "sleep 100").build());
        cri().start(ends);
        fill(stuffing());

        Failures.is(
                catchThrowable(() -> cri().runPod(other)),
                Status.Code.RESOURCE_EXHAUSTED,
                "the file system of " + daemon.state(),
                " is full");
        assertThat(cri().pods()).hasSize(1);
        cri().start(waiting);
        assertThat(cri().shell(waiting, "echo here")).isEqualTo("here\n");
        cri().stop(ends, 0);
        assertThat(cri().status(ends).getExitCode()).isEqualTo(128 + 9);
        cri().stop(waiting, 0);
        daemon.kill();
        daemon.start();
        assertThat(cri().status(ends).getExitCode()).isEqualTo(128 + 9);
        assertThat(cri().status(waiting).getExitCode()).isEqualTo(128 + 9);
        cri().remove(ends);
        Files.delete(stuffing());
        cri().removePod(cri().runPod(other));
        cri().removePod(sandbox);
        HostLeakExtension.check(daemon, before, -1);
    }
}
