package io.gantry.e2e.scenario;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.engine.CheckRequest;
import io.gantry.proto.engine.CheckResponse;
import io.gantry.proto.engine.Finding;
import io.gantry.proto.engine.UpkeepGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A state directory that somebody damaged under the daemon: what is found of it, and mended. */
class SystemCheckE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String STRAY = "5742".repeat(16);

    /** What is wrong at the end of a scenario would be in the way of the next. */
    @AfterEach
    void nothingIsLeftToBeFound() {
        assertThat(check(true).getFindingsList()).allMatch(Finding::getRepaired);
        assertThat(check(false).getFindingsList()).isEmpty();
    }

    @Test
    void aNodeAtWorkIsFoundWhole() {
        String running = NODE.idle("whole");
        PodSandboxConfig pod = NODE.pod("created").build();
        NODE.cri()
                .create(
                        NODE.cri().runPod(pod),
                        pod,
                        Requests.script("c", NODE.image(), "true").build());

        CheckResponse found = check(true);
        assertThat(found.getFindingsList()).isEmpty();
        assertThat(found.getBlobs()).isPositive();
        assertThat(found.getBlobBytes()).isGreaterThan(100_000);
        assertThat(found.getLayers()).isPositive();
        assertThat(NODE.client().ok("system", "check"))
                .startsWith("0 findings; " + found.getBlobs() + " blobs read, ");
        assertThat(NODE.cri().status(running).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    void whatHasNoRecordIsFoundAndRemoved() throws IOException {
        Path sandbox = NODE.daemon().state().resolve("sandboxes").resolve(STRAY);
        Path shm = Files.createDirectories(sandbox.resolve("shm"));
        Command.of("mount", "-t", "tmpfs", "stray", shm.toString()).run().orThrow();
        Path container =
                Files.createDirectories(NODE.daemon().root().resolve("containers").resolve(STRAY));
        Files.writeString(container.resolve("spec.json"), "{}");
        Path socket =
                Files.createFile(
                        NODE.daemon().state().resolve("shim").resolve("5742574257425742.sock"));
        List<Path> groups = cgroups();
        for (Path group : groups) {
            Files.createDirectories(group);
        }

        assertThat(check(false).getFindingsList())
                .extracting(Finding::getKind)
                .containsExactlyInAnyOrder("shim", "sandbox", "container", "cgroup");
        assertThat(shm).exists();
        var told = NODE.client().run("system", "check", "--skip-blobs");
        assertThat(told.code()).isEqualTo(1);
        assertThat(told.out()).contains(socket + " ", "has no record", "4 findings", "not read");
        assertThat(check(true).getFindingsList()).hasSize(3).allMatch(Finding::getRepaired);
        assertThat(List.of(sandbox, container, socket))
                .allSatisfy(it -> assertThat(it).doesNotExist());
        assertThat(groups).allSatisfy(group -> assertThat(group).doesNotExist());
    }

    @Test
    void aPodThatLostItsNetworkNamespaceIsNotReadyFromThenOn() {
        String container = NODE.idle("unpinned");
        String pod = NODE.cri().pods().getFirst().getId();
        Path pin =
                NODE.daemon()
                        .state()
                        .resolve("sandboxes")
                        .resolve(pod)
                        .resolve("ns")
                        .resolve("net");
        Command.of("umount", pin.toString()).run().orThrow();

        assertThat(check(false).getFindingsList())
                .singleElement()
                .satisfies(
                        found -> {
                            assertThat(found.getKind()).isEqualTo("sandbox");
                            assertThat(found.getSubject()).isEqualTo(pod);
                            assertThat(found.getProblem())
                                    .isEqualTo("its network namespace is not pinned any more");
                            assertThat(found.getRepaired()).isFalse();
                        });
        assertThat(NODE.cri().podStatus(pod).getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(check(true).getFindingsList()).singleElement().matches(Finding::getRepaired);
        assertThat(NODE.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
    }

    @Test
    void aCreatedContainerThatLostItsSpecificationSaysSo() throws IOException {
        PodSandboxConfig pod = NODE.pod("no-spec").build();
        String sandbox = NODE.cri().runPod(pod);
        String container =
                NODE.cri().create(sandbox, pod, Requests.script("c", NODE.image(), "true").build());
        Files.delete(
                NODE.daemon().root().resolve("containers").resolve(container).resolve("spec.json"));

        assertThat(check(true).getFindingsList())
                .singleElement()
                .matches(found -> found.getKind().equals("container") && found.getRepaired());
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(status.getReason()).isEqualTo("StartError");
        assertThat(status.getMessage()).isEqualTo("its specification is gone");
        assertThat(NODE.cri().podStatus(sandbox).getState())
                .isEqualTo(PodSandboxState.SANDBOX_READY);
    }

    @Test
    void aDamagedBlobIsRemovedAndItsImageComesAgain() throws IOException {
        for (Path blob : blobs()) {
            byte[] bytes = Files.readAllBytes(blob);
            bytes[bytes.length / 2] ^= 1;
            Files.write(blob, bytes);
        }
        List<Path> damaged = blobs();

        assertThat(check(false).getFindingsList())
                .hasSameSizeAs(damaged)
                .allSatisfy(
                        found -> {
                            assertThat(found.getKind()).isEqualTo("blob");
                            assertThat(found.getSubject()).startsWith("sha256:");
                            assertThat(found.getProblem()).contains(" bytes are sha256:");
                        });
        assertThat(check(true).getFindingsList()).allMatch(Finding::getRepaired);
        assertThat(blobs()).isEmpty();
        assertThat(NODE.cri().imageStatus(NODE.image())).isEmpty();
        NODE.cri().pull(NODE.image());
        String container = NODE.idle("mended");
        assertThat(NODE.cri().shell(container, "echo runs")).isEqualTo("runs\n");
    }

    @Test
    void aLayerWithOtherFilesThanItsBlobsIsRemovedAndItsImageComesAgain() throws IOException {
        // Of layers that were here before their blobs, none may have come.
        NODE.cri().removeImage(NODE.image());
        NODE.cri().pull(NODE.image());
        String container = NODE.idle("above");
        List<Path> files = new ArrayList<>();
        Path layers = NODE.daemon().root().resolve("snapshots");
        try (Stream<Path> all = Files.walk(layers)) {
            all.filter(
                            each ->
                                    each.endsWith("busybox")
                                            && Files.isRegularFile(each, NOFOLLOW_LINKS))
                    .forEach(files::add);
        }
        assertThat(files).hasSize(1);
        byte[] bytes = Files.readAllBytes(files.getFirst());
        bytes[bytes.length / 2] ^= 1;
        var time = Files.getLastModifiedTime(files.getFirst());
        Files.write(files.getFirst(), bytes);
        Files.setLastModifiedTime(files.getFirst(), time);

        Finding found = only(check(true));
        assertThat(found.getKind()).isEqualTo("layer");
        assertThat(found.getProblem()).startsWith("its files are not those of its blob sha256:");
        assertThat(found.getRepaired()).isFalse();
        assertThat(found.getFailure())
                .isEqualTo("it is below containers, which have to be removed first: " + container);
        NODE.cri().pods().forEach(each -> NODE.cri().removePod(each.getId()));
        assertThat(only(check(true)).getRepaired()).isTrue();
        assertThat(NODE.cri().imageStatus(NODE.image())).isEmpty();
        NODE.cri().pull(NODE.image());
        assertThat(check(false).getFindingsList()).isEmpty();
        assertThat(NODE.cri().shell(NODE.idle("mended"), "echo runs")).isEqualTo("runs\n");
    }

    private static Finding only(CheckResponse response) {
        assertThat(response.getFindingsList()).hasSize(1);
        return response.getFindings(0);
    }

    private static CheckResponse check(boolean repair) {
        return UpkeepGrpc.newBlockingStub(NODE.cri().channel())
                .check(CheckRequest.newBuilder().setRepair(repair).build());
    }

    private static List<Path> blobs() throws IOException {
        try (Stream<Path> files =
                Files.list(NODE.daemon().root().resolve("content/blobs/sha256"))) {
            return files.sorted().toList();
        }
    }

    /** A group of a container that is none, in every hierarchy. */
    private static List<Path> cgroups() {
        return Texts.read(Path.of("/proc/self/mountinfo"))
                .lines()
                .filter(line -> line.contains(" - cgroup"))
                .map(line -> Path.of(line.split(" ", -1)[4]))
                .map(root -> root.resolve(NODE.daemon().cgroupParent().substring(1)))
                .filter(Files::isDirectory)
                .map(parent -> parent.resolve(STRAY))
                .toList();
    }
}
