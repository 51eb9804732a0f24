package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.ArtifactPush;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.image.InspectRequest;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What containers have of images besides their root. */
class ImageVolumesE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    @AfterEach
    void leaveTheImageAlone() {
        NODE.daemon().removeEverything();
        NODE.cri().imageList().stream()
                .filter(image -> !image.getRepoTagsList().contains(NODE.image()))
                .map(Image::getId)
                .forEach(NODE.cri()::removeImage);
    }

    private static Mount.Builder volume(String image, String subPath) {
        return Requests.imageVolume(image, subPath, "/mnt/image").toBuilder();
    }

    private static ContainerConfig idle(String image, Mount.Builder... mounts) {
        ContainerConfig.Builder config = Requests.script("c", image, IDLE);
        List.of(mounts).forEach(config::addMounts);
        return config.build();
    }

    private static String layered(String name, Tar layer, Map<String, Object> config) {
        String reference =
                NODE.bed()
                        .registry()
                        .push(
                                NODE.bed().images().layered(name, layer, config),
                                "e2e/" + name + ":1");
        NODE.cri().pull(reference);
        return reference;
    }

    @Test
    void containersSeeAnImageThatNoneOfThemCanChange() {
        String model =
                layered("model", new Tar().file("weights", "first\n"), Map.of("Cmd", List.of("x")));
        String id = NODE.cri().imageStatus(model).orElseThrow().getId();
        String one = NODE.run(NODE.pod("one").build(), idle(NODE.image(), volume(id, "")));
        String two = NODE.run(NODE.pod("two").build(), idle(NODE.image(), volume(model, "etc")));

        assertThat(NODE.cri().shell(one, "cat /mnt/image/weights")).isEqualTo("first\n");
        assertThat(NODE.cri().shell(one, "touch /mnt/image/x 2>&1 || true"))
                .contains("Read-only file system");
        assertThat(NODE.cri().shell(one, "/mnt/image/bin/busybox echo runs")).isEqualTo("runs\n");
        assertThat(NODE.cri().shell(two, "ls /mnt/image")).contains("passwd").doesNotContain("bin");
        Mount seen = NODE.cri().status(two).getMounts(0);
        assertThat(seen.getImage().getImage()).isEqualTo(model);
        assertThat(seen.getImage().getImageRef()).isEqualTo(id);
        assertThat(seen.getImageSubPath()).isEqualTo("etc");
    }

    @Test
    void aVolumeOutlivesItsImageAndTheDaemon() {
        String model =
                layered("kept", new Tar().file("weights", "kept\n"), Map.of("Cmd", List.of("x")));
        String container =
                NODE.run(NODE.pod("kept").build(), idle(NODE.image(), volume(model, "")));
        NODE.cri().removeImage(model);
        NODE.daemon().kill();
        NODE.daemon().start();
        // What a daemon opens for its first pull it keeps.
        NODE.cri().pull(NODE.image());
        assertThat(NODE.cri().imageStatus(model)).isEmpty();
        assertThat(NODE.cri().shell(container, "cat /mnt/image/weights")).isEqualTo("kept\n");
        NODE.daemon().removeEverything();
        assertThat(files(NODE.daemon().root().resolve("active"))).isEmpty();
        assertThat(files(NODE.daemon().root().resolve("snapshots"))).hasSize(3);
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void subPathsOfHostileImagesStayInThem() {
        Tar links =
                new Tar()
                        .symlink("up", "../../../../..")
                        .symlink("host", "/etc")
                        .symlink("proc-link", "/proc/1/root")
                        .symlink("round", "round")
                        .file("file", "x");
        String hostile = layered("links", links, Map.of("Cmd", List.of("x")));
        String container =
                NODE.run(
                        NODE.pod("links").build(),
                        idle(
                                NODE.image(),
                                volume(hostile, "host"),
                                volume(hostile, "up").setContainerPath("/mnt/up")));
        assertThat(NODE.cri().shell(container, "cat /mnt/image/passwd")).contains("app:x:1000");
        assertThat(NODE.cri().shell(container, "ls /mnt/up")).contains("proc-link");

        refused(hostile, "proc-link", "no such file or directory");
        refused(hostile, "../etc", "path escapes from parent");
        refused(hostile, "nothing", "no such file or directory");
        refused(hostile, "file", "only directory subpath is supported");
        refused(hostile, "round", "too many symbolic links");
    }

    private static void refused(String image, String subPath, String why) {
        Throwable failure =
                catchThrowable(
                        () ->
                                NODE.run(
                                        NODE.pod("refused").build(),
                                        idle(NODE.image(), volume(image, subPath))));
        Failures.is(failure, Status.Code.UNKNOWN, "volume /mnt/image: ", why);
        assertThat(Status.fromThrowable(failure).getDescription())
                .startsWith("ImageVolumeMountFailed");
        NODE.cri().pods().stream()
                .filter(pod -> pod.getMetadata().getName().equals("refused"))
                .forEach(pod -> NODE.cri().removePod(pod.getId()));
    }

    @Test
    void anArtifactIsMountedByTheTitlesOfItsFiles() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("model.bin", "weights\n");
        files.put("conf/settings.json", "{}\n");
        String reference = NODE.bed().registry().reference("e2e/artifact:1");
        try (ArtifactPush push = new ArtifactPush(NODE.bed().registry())) {
            String digest = push.push("e2e/artifact", "1", "application/vnd.e2e.model", files);
            assertThat(NODE.cri().pull(reference)).isEqualTo(digest);
            JsonNode json = inspect(reference);
            assertThat(json.get("ArtifactType").asText()).isEqualTo("application/vnd.e2e.model");
            assertThat(json.get("Layers")).hasSize(2);

            String container =
                    NODE.run(NODE.pod("artifact").build(), idle(NODE.image(), volume(digest, "")));
            assertThat(
                            NODE.cri()
                                    .shell(
                                            container,
                                            "cd /mnt/image; cat model.bin conf/settings.json;"
                                                    + " touch model.bin 2>&1 || true"))
                    .isEqualTo("weights\n{}\ntouch: model.bin: Read-only file system\n");

            Path archive = NODE.home().resolve("artifact.tar");
            NODE.client().ok("save", "--format", "oci", "-o", archive.toString(), reference);
            assertThat(
                            Command.of("skopeo", "inspect", "--raw", "oci-archive:" + archive)
                                    .run()
                                    .out())
                    .isEqualTo(
                            new String(push.manifest("e2e/artifact", "1"), StandardCharsets.UTF_8));

            String copy = NODE.bed().registry().reference("e2e/copy:1");
            NODE.client().ok("push", reference, copy);
            assertThat(push.manifest("e2e/copy", "1"))
                    .isEqualTo(push.manifest("e2e/artifact", "1"));
        }
        Throwable failure =
                catchThrowable(() -> NODE.run(NODE.pod("run").build(), idle(reference)));
        Failures.is(failure, Status.Code.FAILED_PRECONDITION, "it can be mounted, but not run");
    }

    private static JsonNode inspect(String reference) throws IOException {
        InspectRequest request = InspectRequest.newBuilder().setImage(reference).build();
        return new ObjectMapper().readTree(NODE.cri().imageTools().inspect(request).getJson());
    }

    @Test
    void anArtifactWithANameThatLeadsOutIsRefused() {
        try (ArtifactPush push = new ArtifactPush(NODE.bed().registry())) {
            push.push("e2e/escape", "1", "application/x", Map.of("../../escaped", "bad"));
        }
        String reference = NODE.bed().registry().reference("e2e/escape:1");
        Throwable failure = catchThrowable(() -> NODE.cri().pull(reference));
        assertThat(Status.fromThrowable(failure).getDescription())
                .contains("its title \"../../escaped\" has the element \"..\"");
        assertThat(NODE.cri().imageStatus(reference)).isEmpty();
    }

    private static Map<String, Object> declaring(String... volumes) {
        Map<String, Object> set = new LinkedHashMap<>();
        List.of(volumes).forEach(volume -> set.put(volume, Map.of()));
        return Map.of("Volumes", set, "Cmd", List.of("x"), "Env", List.of("PATH=/bin"));
    }

    @Test
    void declaredVolumesHaveWhatTheImageHasThere() {
        Tar layer = new Tar().file("data/of-top", "top\n").symlink("way", "/data");
        String image = layered("declares", layer, declaring("/data", "/new/deep"));
        String one = NODE.run(NODE.pod("one").build(), idle(image));
        assertThat(NODE.cri().shell(one, "ls /data; cat /data/kept; ls /new/deep | wc -l"))
                .isEqualTo("gone\nkept\nof-top\nopaque\nbase\n0\n");
        assertThat(NODE.cri().shell(one, "grep -c ' /data ' /proc/mounts")).isEqualTo("1\n");
        NODE.cri().shell(one, "echo changed > /data/kept; echo x > /data/added");
        String two = NODE.run(NODE.pod("two").build(), idle(image));
        assertThat(NODE.cri().shell(two, "cat /data/kept; ls /data"))
                .isEqualTo("base\ngone\nkept\nof-top\nopaque\n");
        assertThat(NODE.cri().status(one).getMountsCount()).isZero();
    }

    @Test
    void aVolumeOfTheClientTakesThePlaceOfADeclaredOne() throws IOException {
        String image = layered("covered", new Tar().file("data/x", "x"), declaring("/data/db"));
        Path host = Files.createDirectories(NODE.home().resolve("covered"));
        String container =
                NODE.run(
                        NODE.pod("covered").build(),
                        idle(image, Requests.bind(host, "/data").toBuilder()));
        NODE.cri().shell(container, "mkdir -p /data/db; echo kept > /data/db/file");
        assertThat(host.resolve("db/file")).hasContent("kept");
    }

    @Test
    void declaredVolumesOfHostileImagesStayInThem() {
        Tar links = new Tar().symlink("out", "../../../../../etc").symlink("dev-link", "/proc");
        String image =
                layered("outside", links, declaring("/out", "/proc", "/dev/x", "/etc/hosts"));
        String container = NODE.run(NODE.pod("outside").build(), idle(image));
        assertThat(NODE.cri().shell(container, "cat /out/passwd")).contains("app:x:1000");
        NODE.cri().shell(container, "echo spoilt > /out/passwd; test -r /proc/self/status");
        assertThat(Path.of("/etc/passwd")).content(StandardCharsets.UTF_8).doesNotContain("spoilt");

        String file = layered("file", new Tar().file("file", "x"), declaring("/file"));
        Throwable failure = catchThrowable(() -> NODE.run(NODE.pod("file").build(), idle(file)));
        Failures.is(
                failure,
                Status.Code.FAILED_PRECONDITION,
                "/file in the image is no directory, so it cannot be a volume");
    }

    @Test
    void containersOfTheClientHaveImagesAndDeclaredVolumesToo() {
        String image = layered("own", new Tar().file("data/x", "x\n"), declaring("/data"));
        String out =
                NODE.client()
                        .ok(
                                "run",
                                "--rm",
                                "--mount=type=image,source="
                                        + NODE.image()
                                        + ",target=/mnt,image-subpath=etc",
                                image,
                                "/bin/sh",
                                "-c",
                                "cat /data/x; grep -c ' /data ' /proc/mounts; cat /mnt/motd");
        assertThat(out).isEqualTo("x\n1\nmade by hand\n");
    }
}
