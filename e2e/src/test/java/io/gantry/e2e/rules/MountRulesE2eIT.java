package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.e2e.harness.TestImages;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.cri.MountPropagation;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Mounts, volumes and devices of CreateContainer. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class MountRulesE2eIT {

    private static final String OLDER = "the field is newer";

    private static Mount.Builder bind(Path source, String target) {
        return Requests.bind(source, target).toBuilder();
    }

    @Rule
    void aVolumeIsSharedWithTheHostAndEchoed(Subject node) throws IOException {
        Path volume = node.directory("volume");
        Files.writeString(volume.resolve("in"), "from outside\n");
        Mount mount = bind(volume, "/volume").build();
        String container = node.run("volume", node.idle("c").addMounts(mount));
        assertThat(node.cri().shell(container, "cat /volume/in; echo inside > /volume/out"))
                .isEqualTo("from outside\n");
        assertThat(volume.resolve("out")).hasContent("inside\n");
        assertThat(node.cri().status(container).getMountsList()).containsExactly(mount);
    }

    @Rule
    void aSymbolicLinkOfTheHostLeadsToTheVolume(Subject node) throws IOException {
        Path volume = node.directory("target");
        Files.writeString(volume.resolve("in"), "linked\n");
        Path link = Files.createSymbolicLink(node.directory("links").resolve("link"), volume);
        String container = node.run("link", node.idle("c").addMounts(bind(link, "/volume")));
        assertThat(node.cri().shell(container, "cat /volume/in")).isEqualTo("linked\n");
    }

    @Rule
    void aHostPathThatIsMissingIsMadeAsADirectory(Subject node) throws IOException {
        Path missing = node.directory("missing").resolve("deep/er");
        String container = node.run("missing", node.idle("c").addMounts(bind(missing, "/volume")));
        assertThat(missing).isDirectory();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(missing)))
                .isEqualTo("rwxr-xr-x");
        node.cri().shell(container, "echo made > /volume/file");
        assertThat(missing.resolve("file")).hasContent("made\n");
    }

    @Rule
    void aFileCanBeMountedAsTheTerminationMessageOfAKubeletIs(Subject node) throws IOException {
        Path message = Files.createFile(node.directory("message").resolve("log"));
        Mount mount = bind(message, "/dev/termination-log").build();
        String container =
                node.run(
                        "message",
                        node.script("c", "echo why > /dev/termination-log; exit 3")
                                .addMounts(mount));
        assertThat(node.cri().awaitExit(container).getExitCode()).isEqualTo(3);
        assertThat(message).hasContent("why\n");
        assertThat(node.cri().status(container).getMountsList())
                .extracting(Mount::getHostPath)
                .containsExactly(message.toString());
    }

    @Rule
    void mountsAreMadeFromTheOutsideInwards(Subject node) throws IOException {
        Path outer = node.directory("outer");
        Path inner = node.directory("inner");
        Files.writeString(inner.resolve("file"), "inner\n");
        String container =
                node.run(
                        "depth",
                        node.idle("c").addMounts(bind(inner, "/a/b")).addMounts(bind(outer, "/a")));
        assertThat(node.cri().shell(container, "cat /a/b/file")).isEqualTo("inner\n");
    }

    @Rule
    void aReadOnlyVolumeCannotBeWrittenAndWhatIsMountedBelowItCan(Subject node) throws IOException {
        withNested(
                node,
                (volume) -> {
                    String container =
                            node.run(
                                    "read-only",
                                    node.idle("c")
                                            .addMounts(bind(volume, "/volume").setReadonly(true)));
                    assertThat(touch(node, container, "/volume/file"))
                            .contains("Read-only file system");
                    assertThat(touch(node, container, "/volume/nested/file")).isEmpty();
                });
    }

    @Rule(notContainerd = OLDER)
    void aRecursivelyReadOnlyVolumeIsSoBelowToo(Subject node) throws IOException {
        withNested(
                node,
                (volume) -> {
                    Mount.Builder mount =
                            bind(volume, "/volume").setReadonly(true).setRecursiveReadOnly(true);
                    String container = node.run("rro", node.idle("c").addMounts(mount));
                    assertThat(touch(node, container, "/volume/nested/file"))
                            .contains("Read-only file system");
                    assertThat(node.cri().status(container).getMountsList())
                            .containsExactly(mount.build());
                });
    }

    @Rule(notContainerd = OLDER)
    void recursivelyReadOnlyWithoutReadOnlyOrWithPropagationIsRefused(Subject node)
            throws IOException {
        Path volume = node.directory("refused");
        Mount.Builder mount = bind(volume, "/volume").setRecursiveReadOnly(true);
        PodSandboxConfig pod = node.pod("rro-refused").build();
        String sandbox = node.runPod(pod);
        for (Mount each :
                List.of(
                        mount.build(),
                        mount.setReadonly(true)
                                .setPropagation(MountPropagation.PROPAGATION_HOST_TO_CONTAINER)
                                .build(),
                        mount.setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL).build())) {
            ContainerConfig.Builder config = node.idle("c").addMounts(each);
            node.refuses(
                    Status.Code.INVALID_ARGUMENT,
                    () -> node.cri().create(sandbox, pod, config.build()),
                    "recursive_read_only");
        }
        assertThat(node.cri().containers()).isEmpty();
    }

    private static String touch(Subject node, String container, String file) {
        return node.cri().exec(container, "touch", file).getStderr().toStringUtf8();
    }

    /** A volume that has a file system of its own at nested. */
    private static void withNested(Subject node, Consumer<Path> scenario) throws IOException {
        Path volume = node.directory("nested");
        Path nested = Files.createDirectory(volume.resolve("nested"));
        mount("-t", "tmpfs", "none", nested.toString());
        try {
            scenario.accept(volume);
        } finally {
            Command.of("umount", nested.toString()).run().orThrow();
        }
    }

    private static void mount(String... words) {
        List<String> all = new ArrayList<>(List.of("mount"));
        all.addAll(List.of(words));
        Command.of(all).run().orThrow();
    }

    /** A directory whose mounts are told to those who share it. */
    private static void withShared(Subject node, Consumer<Path> scenario) throws IOException {
        Path shared = node.directory("shared");
        mount("-t", "tmpfs", "none", shared.toString());
        try {
            mount("--make-shared", shared.toString());
            Files.createDirectory(shared.resolve("host"));
            Files.createDirectory(shared.resolve("container"));
            scenario.accept(shared);
        } finally {
            Command.of("umount", "-R", "-l", shared.toString()).run().orThrow();
        }
    }

    /** Whether a mount of the host is seen in the container, and one of it on the host. */
    private record Seen(boolean inContainer, boolean onHost) {}

    private static Seen propagate(Subject node, Path shared, MountPropagation propagation) {
        PodSandboxConfig.Builder pod = node.pod("propagation-" + propagation.getNumber());
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        ContainerConfig.Builder config =
                node.idle("c").addMounts(bind(shared, "/shared").setPropagation(propagation));
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        String container = node.run(pod.build(), config.build());
        mount("-t", "tmpfs", "none", shared.resolve("host").toString());
        node.cri().shell(container, "mount -t tmpfs none /shared/container");
        String inside = node.cri().shell(container, "cat /proc/self/mountinfo");
        String outside = Command.of("cat", "/proc/self/mountinfo").run().orThrow();
        Seen seen =
                new Seen(
                        inside.contains(" /shared/host "),
                        outside.contains(" " + shared.resolve("container") + " "));
        node.cri().removePod(node.cri().pods().getFirst().getId());
        return seen;
    }

    @Rule
    void privatePropagationTellsNobodyOfMounts(Subject node) throws IOException {
        withShared(
                node,
                shared ->
                        assertThat(propagate(node, shared, MountPropagation.PROPAGATION_PRIVATE))
                                .isEqualTo(new Seen(false, false)));
    }

    @Rule
    void propagationFromTheHostTellsTheContainerOnly(Subject node) throws IOException {
        withShared(
                node,
                shared ->
                        assertThat(
                                        propagate(
                                                node,
                                                shared,
                                                MountPropagation.PROPAGATION_HOST_TO_CONTAINER))
                                .isEqualTo(new Seen(true, false)));
    }

    @Rule
    void propagationBothWaysTellsBoth(Subject node) throws IOException {
        withShared(
                node,
                shared ->
                        assertThat(
                                        propagate(
                                                node,
                                                shared,
                                                MountPropagation.PROPAGATION_BIDIRECTIONAL))
                                .isEqualTo(new Seen(true, true)));
    }

    @Rule
    void propagationBothWaysNeedsASharedMountOfTheHost(Subject node) throws IOException {
        Path source = node.directory("private");
        mount("-t", "tmpfs", "none", source.toString());
        try {
            mount("--make-private", source.toString());
            PodSandboxConfig pod = node.pod("not-shared").build();
            String sandbox = node.runPod(pod);
            ContainerConfig.Builder config =
                    node.idle("c")
                            .addMounts(
                                    bind(source, "/shared")
                                            .setPropagation(
                                                    MountPropagation.PROPAGATION_BIDIRECTIONAL));
            node.refuses(
                    Status.Code.INVALID_ARGUMENT,
                    () -> node.cri().create(sandbox, pod, config.build()),
                    source.toString(),
                    "shared");
        } finally {
            Command.of("umount", "-l", source.toString()).run().orThrow();
        }
    }

    @Rule(notContainerd = OLDER)
    void optionsOfAMountHoldAndAreEchoed(Subject node) throws IOException {
        Path volume = node.directory("options");
        Mount mount =
                bind(volume, "/volume")
                        .addAllMountOptions(List.of("noexec", "nosuid", "nodev"))
                        .build();
        String container = node.run("options", node.idle("c").addMounts(mount));
        assertThat(node.cri().shell(container, "cat /proc/self/mountinfo"))
                .containsPattern(" /volume [a-z,]*nosuid,nodev,noexec");
        assertThat(node.cri().status(container).getMountsList()).containsExactly(mount);
    }

    @Rule
    void aVolumeThatAnImageDeclaresHasWhatTheImageHasThereAndIsWritable(Subject node) {
        Map<String, Object> config = new TreeMap<>(TestImages.configuration());
        config.put("Volumes", Map.of("/data", Map.of()));
        String image =
                node.registry().push(node.images().busybox("declares", config), "e2e/declares:1");
        node.cri().pull(image);
        ContainerConfig.Builder asks = node.idle("c");
        asks.getImageBuilder().setImage(image);
        String container = node.run("declares", asks);
        assertThat(node.cri().shell(container, "cat /data/kept; echo new > /data/new"))
                .isEqualTo("base\n");
        assertThat(node.cri().shell(container, "cat /proc/self/mountinfo")).contains(" /data ");
        node.cri().remove(container);
        node.cri().removeImage(image);
    }

    @Rule
    void aDeviceOfTheHostIsThereWithThePermissionsAskedFor(Subject node) {
        ContainerConfig.Builder config = node.idle("c");
        config.addDevices(
                Device.newBuilder()
                        .setHostPath("/dev/null")
                        .setContainerPath("/dev/nothing")
                        .setPermissions("rw"));
        String container = node.run("device", config);
        assertThat(node.cri().shell(container, "stat -c %t,%T /dev/nothing; echo x > /dev/nothing"))
                .isEqualTo("1,3\n");
    }
}
