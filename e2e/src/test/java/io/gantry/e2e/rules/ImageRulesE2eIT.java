package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.e2e.harness.TestImages;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageFilter;
import io.gantry.proto.cri.ImageFsInfoRequest;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ImageStatusResponse;
import io.gantry.proto.cri.ListImagesRequest;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveImageRequest;
import io.gantry.proto.cri.StreamImagesRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The calls of the image service. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class ImageRulesE2eIT {

    /** Pushes an image that no other reference has; its reference. */
    private static String push(Subject node, String repository, Map<String, Object> says) {
        Map<String, Object> config = new TreeMap<>(TestImages.configuration());
        config.put("Labels", Map.of("repository", repository, "subject", node.toString()));
        config.putAll(says);
        String directory = "rule-" + repository.replaceAll("[/:]", "-");
        return node.registry().push(node.images().busybox(directory, config), repository);
    }

    private static String push(Subject node, String repository) {
        return push(node, repository, Map.of());
    }

    /** Those of an image that the scenario made. */
    private static List<Image> listed(Subject node, String id) {
        return node.cri().imageList().stream().filter(each -> each.getId().equals(id)).toList();
    }

    @Rule
    void anImageIsPulledByItsTagAndIsGoneWhenItIsRemoved(Subject node) {
        String reference = push(node, "rule/tagged:v1");
        String id = node.cri().pull(reference);
        assertThat(id).matches("sha256:[0-9a-f]{64}");
        Image image = node.cri().imageStatus(reference).orElseThrow();
        assertThat(image.getId()).isEqualTo(id);
        assertThat(image.getSize()).isPositive();
        assertThat(image.getRepoTagsList()).containsExactly(reference);
        assertThat(image.getRepoDigestsList())
                .singleElement()
                .asString()
                .startsWith(reference.substring(0, reference.lastIndexOf(':')) + "@sha256:");
        assertThat(listed(node, id)).hasSize(1);
        node.cri().removeImage(reference);
        assertThat(node.cri().imageStatus(reference)).isEmpty();
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void anImageWithoutATagIsItsLatest(Subject node) {
        String reference = push(node, "rule/latest:latest");
        String untagged = reference.substring(0, reference.lastIndexOf(':'));
        String id = node.cri().pull(untagged);
        assertThat(node.cri().imageStatus(untagged).orElseThrow().getRepoTagsList())
                .containsExactly(reference);
        assertThat(node.cri().imageStatus(reference).orElseThrow().getId()).isEqualTo(id);
        node.cri().removeImage(untagged);
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void anImageThatIsPulledByItsDigestHasNoTag(Subject node) {
        String reference = push(node, "rule/digest:v1");
        String id = node.cri().pull(reference);
        String digest = node.cri().imageStatus(id).orElseThrow().getRepoDigests(0);
        node.cri().removeImage(id);
        assertThat(node.cri().pull(digest)).isEqualTo(id);
        Image image = node.cri().imageStatus(digest).orElseThrow();
        assertThat(image.getRepoTagsList()).isEmpty();
        assertThat(image.getRepoDigestsList()).containsExactly(digest);
        node.cri().removeImage(digest);
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void theStatusOfAnImageIsTheSameByEveryReference(Subject node) {
        String reference = push(node, "rule/references:v1");
        String id = node.cri().pull(reference);
        Image image = node.cri().imageStatus(reference).orElseThrow();
        for (String each :
                List.of(id, id.substring(7), id.substring(7, 25), image.getRepoDigests(0))) {
            assertThat(node.cri().imageStatus(each)).as(each).contains(image);
        }
        node.cri().removeImage(id.substring(7));
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void anImageThatIsNotThereHasNoStatusAndThatIsNoFailure(Subject node) {
        assertThat(node.cri().imageStatus(node.registry().reference("rule/none:1"))).isEmpty();
        assertThat(node.cri().imageStatus("sha256:" + "0".repeat(64))).isEmpty();
    }

    @Rule
    void removingAnImageThatIsNotThereSucceeds(Subject node) {
        node.cri().removeImage(node.registry().reference("rule/none:1"));
        node.cri().removeImage("sha256:" + "0".repeat(64));
    }

    @Rule
    void anEmptyReferenceIsRefused(Subject node) {
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().images().pullImage(PullImageRequest.getDefaultInstance()),
                "image");
    }

    @Rule
    void aReferenceThatIsNoneIsRefused(Subject node) {
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().pull("127.0.0.1:1/Not:a:reference"),
                "Not:a:reference");
    }

    @Rule
    void anImageThatTheRegistryDoesNotHaveCannotBePulled(Subject node) {
        String absent = node.registry().reference("rule/none:1");
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().pull(absent), absent);
        assertThat(node.cri().imageStatus(absent)).isEmpty();
    }

    @Rule
    void aPullThatHasNoTimeEndsWithThat(Subject node) {
        String reference = push(node, "rule/hurry:v1");
        node.refuses(
                Status.Code.DEADLINE_EXCEEDED,
                () ->
                        node.cri()
                                .images()
                                .withDeadlineAfter(1, TimeUnit.MILLISECONDS)
                                .pullImage(
                                        PullImageRequest.newBuilder()
                                                .setImage(Cri.image(reference))
                                                .build()));
        String id = node.cri().pull(reference);
        node.cri().removeImage(id);
    }

    @Rule
    void theUserOfAnImageIsToldAsANumberOrAName(Subject node) {
        Map<String, String> users =
                Map.of("1002", "1002:", "www-data", ":www-data", "1003:1004", "1003:");
        users.forEach(
                (user, told) -> {
                    String reference =
                            push(
                                    node,
                                    "rule/user-" + user.replace(':', '-') + ":1",
                                    Map.of("User", user));
                    node.cri().pull(reference);
                    Image image = node.cri().imageStatus(reference).orElseThrow();
                    String uid = image.hasUid() ? Long.toString(image.getUid().getValue()) : "";
                    assertThat(uid + ":" + image.getUsername()).as(user).isEqualTo(told);
                    node.cri().removeImage(reference);
                });
    }

    @Rule
    void imagesThatWerePulledAreListedEachOnce(Subject node) {
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            ids.add(node.cri().pull(push(node, "rule/listed-" + i + ":latest")));
        }
        assertThat(ids).doesNotHaveDuplicates();
        ids.forEach(id -> assertThat(listed(node, id)).hasSize(1));
        ids.forEach(node.cri()::removeImage);
        ids.forEach(id -> assertThat(listed(node, id)).isEmpty());
    }

    @Rule
    void anImageHasAllItsTagsAndIsRemovedWithThemByOne(Subject node) {
        List<String> tags = new ArrayList<>();
        String id = "";
        for (int i = 1; i <= 3; i++) {
            // The same image: what it says of itself names no tag.
            String reference = push(node, "rule/tags:" + i, Map.of("Labels", Map.of("all", "one")));
            id = node.cri().pull(reference);
            tags.add(reference);
        }
        String one = id;
        assertThat(listed(node, one))
                .singleElement()
                .satisfies(
                        image ->
                                assertThat(image.getRepoTagsList())
                                        .containsExactlyInAnyOrderElementsOf(tags));
        node.cri().removeImage(tags.get(1));
        tags.forEach(tag -> assertThat(node.cri().imageStatus(tag)).as(tag).isEmpty());
        assertThat(listed(node, one)).isEmpty();
    }

    @Rule
    void removingAnImageRemovesItsTagsOfOtherRegistriesToo(Subject node) {
        String reference = push(node, "rule/registries:1");
        String other = reference.replace("127.0.0.1", "localhost");
        String id = node.cri().pull(reference);
        assertThat(node.cri().pull(other)).isEqualTo(id);
        assertThat(node.cri().imageStatus(id).orElseThrow().getRepoTagsList())
                .containsExactlyInAnyOrder(reference, other);
        node.cri().removeImage(other);
        assertThat(node.cri().imageStatus(reference)).isEmpty();
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void severalRemovalsAtOnceAllSucceed(Subject node) throws Exception {
        String reference = push(node, "rule/removals:1");
        String id = node.cri().pull(reference);
        atOnce(
                5,
                () -> {
                    node.cri().removeImage(reference);
                    return "";
                });
        assertThat(listed(node, id)).isEmpty();
    }

    @Rule
    void severalPullsAtOnceOfOneReferenceAreOneImage(Subject node) throws Exception {
        String reference = push(node, "rule/pulls:1");
        List<String> ids = atOnce(5, () -> node.cri().pull(reference));
        assertThat(ids).containsOnly(ids.getFirst());
        assertThat(listed(node, ids.getFirst())).hasSize(1);
        node.cri().removeImage(reference);
    }

    private static List<String> atOnce(int times, Callable<String> call)
            throws InterruptedException, ExecutionException {
        List<String> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<String> each : threads.invokeAll(Collections.nCopies(times, call))) {
                answers.add(each.get());
            }
        }
        return answers;
    }

    @Rule
    void anImageThatIsRemovedDoesNotBreakAContainerThatRuns(Subject node) {
        String reference = push(node, "rule/in-use:1");
        node.cri().pull(reference);
        var config = Requests.script("c", reference, Subject.IDLE);
        String container = node.run("in-use", config);
        node.cri().removeImage(reference);
        assertThat(node.cri().imageStatus(reference)).isEmpty();
        assertThat(node.cri().shell(container, "cat /data/kept")).isEqualTo("base\n");
    }

    @Rule
    void aTagThatMovesLeavesTheImageItHadWithItsDigestOnly(Subject node) {
        String reference = push(node, "rule/moves:1", Map.of("Labels", Map.of("age", "old")));
        String old = node.cri().pull(reference);
        push(node, "rule/moves:1", Map.of("Labels", Map.of("age", "new")));
        String fresh = node.cri().pull(reference);
        assertThat(fresh).isNotEqualTo(old);
        assertThat(node.cri().imageStatus(reference).orElseThrow().getId()).isEqualTo(fresh);
        assertThat(node.cri().imageStatus(old).orElseThrow().getRepoTagsList()).isEmpty();
        node.cri().removeImage(old);
        node.cri().removeImage(fresh);
    }

    @Rule
    void aVerboseStatusOfAnImageHasJsonAndAnotherHasNone(Subject node)
            throws JsonProcessingException {
        ImageStatusRequest.Builder request =
                ImageStatusRequest.newBuilder().setImage(Cri.image(node.image()));
        assertThat(node.cri().images().imageStatus(request.build()).getInfoMap()).isEmpty();
        ImageStatusResponse verbose =
                node.cri().images().imageStatus(request.setVerbose(true).build());
        var info = new ObjectMapper().readTree(verbose.getInfoOrThrow("info"));
        assertThat(info.path("chainID").asText()).startsWith("sha256:");
        assertThat(info.path("imageSpec").isObject()).isTrue();
    }

    @Rule(notContainerd = "it lists in one answer only before 2.3")
    void theStreamedListOfImagesIsTheList(Subject node) {
        List<Image> streamed = new ArrayList<>();
        node.cri()
                .images()
                .streamImages(StreamImagesRequest.getDefaultInstance())
                .forEachRemaining(part -> streamed.addAll(part.getImagesList()));
        assertThat(streamed).containsExactlyInAnyOrderElementsOf(node.cri().imageList());
    }

    @Rule(notContainerd = "it does not look at the filter")
    void aFilterOfImagesIsOneReference(Subject node) {
        String other = node.cri().pull(push(node, "rule/other:1"));
        ListImagesRequest request =
                ListImagesRequest.newBuilder()
                        .setFilter(ImageFilter.newBuilder().setImage(Cri.image(node.image())))
                        .build();
        assertThat(node.cri().images().listImages(request).getImagesList())
                .singleElement()
                .satisfies(image -> assertThat(image.getRepoTagsList()).contains(node.image()));
        node.cri().removeImage(other);
    }

    @Rule
    void theFileSystemOfImagesIsToldWithItsUse(Subject node) {
        Await.until(
                "use of the file system of images",
                Await.seconds(60),
                () -> usage(node).getUsedBytes().getValue() > 0);
        FilesystemUsage usage = usage(node);
        assertThat(usage.getTimestamp()).isPositive();
        assertThat(usage.getInodesUsed().getValue()).isPositive();
        assertThat(Path.of(usage.getFsId().getMountpoint())).isDirectory();
    }

    private static FilesystemUsage usage(Subject node) {
        return node.cri()
                .images()
                .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
                .getImageFilesystems(0);
    }

    @Rule
    void theNameThatTheUserGaveIsNoPartOfTheReference(Subject node) {
        String reference = push(node, "rule/named:1");
        ImageSpec spec =
                ImageSpec.newBuilder().setImage(reference).putAnnotations("note", "any").build();
        String id =
                node.cri()
                        .images()
                        .pullImage(PullImageRequest.newBuilder().setImage(spec).build())
                        .getImageRef();
        assertThat(node.cri().imageStatus(reference).orElseThrow().getId()).isEqualTo(id);
        node.cri().images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
        assertThat(listed(node, id)).isEmpty();
    }
}
