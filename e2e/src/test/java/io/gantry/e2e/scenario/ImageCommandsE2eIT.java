package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.GatedRegistry;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.image.ListPullsRequest;
import io.gantry.proto.image.RunningPull;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person does with images at a shell, with the packaged client and daemon. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the client sees nothing of the kernel, and its many starts take minutes")
class ImageCommandsE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    /** What the daemon opens for the first registry that it has to try out, it keeps. */
    @BeforeAll
    static void pullFromARegistryThatNobodyDescribed() {
        try (GatedRegistry registry = new GatedRegistry(NODE.bed().registry())) {
            registry.open();
            NODE.cri().pull(registry.reference("e2e/defaults:1"));
        }
    }

    @BeforeEach
    void startWithTheImageAlone() {
        NODE.cri().imageList().forEach(image -> NODE.cri().removeImage(image.getId()));
        NODE.cri().pull(NODE.image());
    }

    @Test
    void aPullTellsProgramsItsProgressAndEndsWithWhatSkopeoSees() throws Exception {
        ok("rmi", NODE.image());
        List<String> lines = ok("pull", "--progress=json", NODE.image()).lines().toList();
        JsonNode done = json(lines.getLast()).get("done");
        assertThat(done.get("reference").asText()).isEqualTo(NODE.image());
        assertThat(done.get("digest").asText()).isEqualTo(digestInRegistry(NODE.image()));
        assertThat(lines)
                .anySatisfy(
                        line ->
                                assertThat(line)
                                        .contains("\"phase\": \"LAYER_PHASE_DONE\"", "\"total\""));
        Command.Result again = NODE.client().run("pull", NODE.image());
        assertThat(again.out()).isEqualTo(NODE.image() + "@" + done.get("digest").asText() + "\n");
        assertThat(again.err())
                .contains(": Already exists\n", "Status: Image is up to date for " + NODE.image());
    }

    @Test
    void aClientFollowsThePullOfAKubeletAndLeavesItAlone() throws Exception {
        try (GatedRegistry registry = new GatedRegistry(NODE.bed().registry())) {
            String reference = registry.reference("e2e/defaults:1");
            CompletableFuture<String> kubelet =
                    CompletableFuture.supplyAsync(() -> NODE.cri().pull(reference));
            Await.until("pull", Await.seconds(60), () -> pulls().size() == 1);
            Process leaver =
                    NODE.client().command("pull", "--attach", "--progress=json", reference).start();
            Await.until(
                    "follower",
                    Await.seconds(60),
                    () -> pulls().stream().anyMatch(pull -> pull.getFollowers() == 2));
            leaver.destroy();
            Await.until(
                    "its end",
                    Await.seconds(60),
                    () -> pulls().stream().allMatch(pull -> pull.getFollowers() == 1));
            Process follower =
                    NODE.client().command("pull", "--attach", "--progress=json", reference).start();
            Await.until(
                    "another",
                    Await.seconds(60),
                    () -> pulls().stream().anyMatch(pull -> pull.getFollowers() == 2));
            registry.open();
            String id = kubelet.get(120, TimeUnit.SECONDS);
            String told =
                    new String(follower.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(follower.waitFor()).as(told).isZero();
            assertThat(told.lines().toList().getLast()).contains(id);
        }
    }

    @Test
    void aPullWhoseClientDiesIsGivenUp() throws Exception {
        try (GatedRegistry registry = new GatedRegistry(NODE.bed().registry())) {
            String reference = registry.reference("e2e/defaults:1");
            Process client = NODE.client().command("pull", "-q", reference).start();
            Await.until("pull", Await.seconds(60), () -> pulls().size() == 1);
            client.destroyForcibly();
            Await.until("its end", Await.seconds(60), () -> pulls().isEmpty());
            assertThat(NODE.cri().imageStatus(reference)).isEmpty();
        }
    }

    @Test
    void anImageGetsNamesAndGoesWithTheLast() {
        String id = NODE.cri().imageStatus(NODE.image()).orElseThrow().getId();
        ok("tag", NODE.image(), "e2e.local/mine:1", "mine");
        assertThat(ok("images", "-q", "mine")).isEqualTo(id.substring(7, 19) + "\n");
        assertThat(ok("images", "--filter", "reference=e2e.local/*"))
                .contains("e2e.local/mine")
                .doesNotContain("docker.io/library/mine");
        assertThat(ok("rmi", "mine")).isEqualTo("Untagged: docker.io/library/mine:latest\n");
        Command.Result byId = NODE.client().run("rmi", id);
        assertThat(byId.code()).as("%s", byId).isEqualTo(1);
        assertThat(ok("rmi", "-f", id)).contains("Untagged: e2e.local/mine:1", "Deleted: " + id);
        assertThat(NODE.cri().imageList()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-archive", "oci-archive"})
    void anArchiveBringsAnImageBack(String format) {
        String id = NODE.cri().imageStatus(NODE.image()).orElseThrow().getId();
        Path archive = NODE.home().resolve(format + ".tar");
        ok("save", "--format", format, "-o", archive.toString(), NODE.image());
        String seen =
                Command.of("skopeo", "inspect", "--config", "--raw", format + ":" + archive)
                        .run()
                        .orThrow();
        assertThat(seen).contains("diff_ids");
        ok("rmi", NODE.image());
        assertThat(ok("load", "-i", archive.toString()))
                .isEqualTo("Loaded image: " + NODE.image() + "\n");
        assertThat(NODE.cri().imageStatus(NODE.image()).orElseThrow().getId()).isEqualTo(id);
        assertThat(ok("run", "--rm", "--pull", "never", NODE.image(), "cat", "/etc/motd"))
                .isEqualTo("made by hand\n");
        assertThat(NODE.cri().ownContainers()).as("after a run with --rm").isEmpty();
    }

    @Test
    void anImageAndWhatItTakesUpAreLookedInto() throws Exception {
        JsonNode inspected = json(ok("image", "inspect", NODE.image())).get(0);
        assertThat(inspected.get("RootFS").get("Layers")).hasSize(3);
        assertThat(inspected.get("Size").asLong())
                .isGreaterThanOrEqualTo(inspected.get("UniqueSize").asLong());
        assertThat(json(ok("history", "-o", "json", NODE.image()))).isNotEmpty();
        assertThat(ok("df")).contains("Images", "Containers", "Blobs");
        JsonNode images = json(ok("df", "-o", "json")).get(0);
        assertThat(images.get("total").asLong()).isEqualTo(1);
        assertThat(images.get("size").asLong()).isPositive();
    }

    @Test
    void pruneLeavesWhatAContainerUses() {
        String used = NODE.image();
        NODE.cri().pull(NODE.bed().defaults());
        ok("create", "--name", "holder", used);
        assertThat(ok("image", "prune", "-f")).isEqualTo("Total reclaimed space: 0B\n");
        assertThat(ok("image", "prune", "-a", "-f"))
                .contains("Untagged: " + NODE.bed().defaults(), "Deleted: sha256:");
        assertThat(NODE.cri().imageStatus(used)).isPresent();
        assertThat(NODE.cri().imageStatus(NODE.bed().defaults())).isEmpty();
        ok("rm", "holder");
    }

    @Test
    void whatAContainerChangedIsShown() {
        ok("run", "--name", "writer", NODE.image(), "sh", "-c", "echo x > /new; rm /data/kept");
        assertThat(ok("diff", "writer").lines()).contains("A /new", "C /data", "D /data/kept");
        ok("rm", "writer");
    }

    @Test
    void whatIsPushedIsWhatIsHere() {
        String destination = NODE.bed().registry().reference("e2e/pushed:1");
        Command.Result first = NODE.client().run("push", NODE.image(), destination);
        String digest = digestInRegistry(destination);
        assertThat(first.orThrow()).isEqualTo(destination + "@" + digest + "\n");
        assertThat(digest).isEqualTo(digestInRegistry(NODE.image()));
        Command.Result again = NODE.client().run("push", NODE.image(), destination);
        assertThat(again.err()).contains("Layer already exists").doesNotContain("Pushing");
        String absent = NODE.bed().registry().reference("e2e/absent:1");
        Command.Result missing = NODE.client().run("push", absent);
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("gantry: image " + absent + " is not here\n");
    }

    @Test
    void whatHappensToAContainerIsToldAsItDoes() throws Exception {
        Command events = NODE.client().command("events", "--filter", "container=told");
        Path told = NODE.home().resolve("events");
        ProcessBuilder builder = new ProcessBuilder(events.words()).redirectErrorStream(true);
        builder.environment().putAll(events.environment());
        Process process = builder.redirectOutput(told.toFile()).start();
        try {
            // Nothing tells that it listens but what it hears; it may begin amid a life.
            Pattern life =
                    Pattern.compile(
                            " container create ([0-9a-f]{64}) .name=told..*"
                                    + " container start \\1 .name=told..*"
                                    + " container die \\1 ",
                            Pattern.DOTALL);
            Await.until(
                    () -> Texts.read(told),
                    Await.seconds(60),
                    () -> {
                        ok("run", "--rm", "--name", "told", NODE.image(), "true");
                        return life.matcher(Texts.read(told)).find();
                    });
        } finally {
            process.destroy();
            process.onExit().join();
        }
    }

    @Test
    void whatHappensToImagesIsTold() throws Exception {
        ok("tag", NODE.image(), "told:1");
        ok("rmi", "told:1");
        String all = ok("events", "--since", "60s", "--until", "0s", "--filter", "image=told:1");
        assertThat(all.lines())
                .extracting(line -> line.split(" ", 4)[2])
                .containsExactly("tag", "untag");
        JsonNode event =
                json(
                        ok("events", "-o", "json", "--since", "60s", "--until", "0s")
                                .lines()
                                .toList()
                                .getFirst());
        assertThat(event.get("type").asText()).isEqualTo("image");
    }

    private static List<RunningPull> pulls() {
        return NODE.cri()
                .imageTools()
                .listPulls(ListPullsRequest.getDefaultInstance())
                .getPullsList();
    }

    private static String digestInRegistry(String reference) {
        return Command.of(
                        "skopeo",
                        "inspect",
                        "--tls-verify=false",
                        "--format",
                        "{{.Digest}}",
                        "docker://" + reference)
                .run()
                .orThrow()
                .strip();
    }

    private static String ok(String... words) {
        return NODE.client().ok(words);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return new ObjectMapper().readTree(text);
    }
}
