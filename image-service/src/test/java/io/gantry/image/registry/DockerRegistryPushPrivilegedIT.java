package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.PermissionDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Into Debian's docker-registry, and out of it by skopeo. Needs these tools, not root. */
@Tag("privileged")
@Timeout(300)
class DockerRegistryPushPrivilegedIT {

    /** Its layer takes four pieces. */
    private static final FakeImage IMAGE = FakeImage.ofSize(3_500_000);

    private static final Credentials ALICE =
            Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD);

    @TempDir private Path directory;
    private PullFixture client;

    @BeforeEach
    void start() {
        client = new PullFixture(directory.resolve("certs.d"));
    }

    @AfterEach
    void stop() {
        client.close();
    }

    private DockerRegistry start(DockerRegistry.Setup setup) throws Exception {
        return DockerRegistry.start(directory.resolve("r"), setup);
    }

    /** Pushes the image as tag 1 and yields what became of its layer and its configuration. */
    private static List<BlobOutcome> push(Pusher pusher, String... sources) {
        List<BlobOutcome> outcomes = new ArrayList<>();
        for (byte[] blob : List.of(IMAGE.layer(), IMAGE.config())) {
            outcomes.add(pusher.pushBlob(new FakeBlob(blob, sources)));
        }
        pusher.pushManifest(IMAGE.manifestDescriptor(), IMAGE.manifest(), "1");
        return outcomes;
    }

    private void assertSkopeoGets(String name, String... options) throws Exception {
        Path copy = Files.createTempDirectory(directory, "copy");
        List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy", "copy"));
        command.addAll(List.of("--preserve-digests", "--src-tls-verify=false"));
        command.addAll(List.of(options));
        command.addAll(List.of("docker://" + name, "dir:" + copy));
        DockerRegistry.run(command);
        assertThat(copy.resolve("manifest.json")).hasBinaryContent(IMAGE.manifest());
        assertThat(copy.resolve(IMAGE.configDescriptor().digest().hex()))
                .hasBinaryContent(IMAGE.config());
        assertThat(copy.resolve(IMAGE.layerDescriptor().digest().hex()))
                .hasBinaryContent(IMAGE.layer());
    }

    @Test
    void whatIsPushedIsWhatSkopeoGets() throws Exception {
        try (DockerRegistry registry = start(DockerRegistry.Setup.plain())) {
            String name = registry.name() + "/team/app:1";
            BlobOutcome sent = new BlobOutcome.Uploaded();
            assertThat(push(client.push(name))).containsExactly(sent, sent);
            assertSkopeoGets(name);
            BlobOutcome there = new BlobOutcome.Existed();
            assertThat(push(client.push(name))).containsExactly(there, there);
            assertThat(client.push(name).hasManifest(IMAGE.manifestDescriptor())).isTrue();
        }
    }

    @Test
    void blobsOfAnotherRepositoryAreMounted() throws Exception {
        try (DockerRegistry registry = start(DockerRegistry.Setup.plain())) {
            push(client.push(registry.name() + "/team/app:1"));
            String other = registry.name() + "/other/app:1";
            assertThat(push(client.push(other), "team/app"))
                    .hasSize(2)
                    .allSatisfy(o -> assertThat(o).isInstanceOf(BlobOutcome.Mounted.class));
            assertSkopeoGets(other);
        }
    }

    @Test
    void aPasswordLetsPushAndNothingElseDoes() throws Exception {
        try (DockerRegistry registry = start(DockerRegistry.Setup.plain().withPassword())) {
            String name = registry.name() + "/team/app:1";
            for (Credentials wrong :
                    List.of(Credentials.ANONYMOUS, Credentials.basic("alice", "nonsense"))) {
                assertThatThrownBy(() -> push(client.push(name, wrong)))
                        .isInstanceOf(PermissionDeniedException.class)
                        .hasMessageContaining("401");
            }
            push(client.push(name, ALICE));
            assertSkopeoGets(
                    name, "--src-creds", DockerRegistry.USER + ":" + DockerRegistry.PASSWORD);
        }
    }
}
