package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.cri.translate.EventFilter;
import io.gantry.image.manifest.Platform;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageEvents.Delivery;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.image.ArchiveFormat;
import io.gantry.proto.image.AttachPullRequest;
import io.gantry.proto.image.BlobPhase;
import io.gantry.proto.image.ChangeKind;
import io.gantry.proto.image.Credentials;
import io.gantry.proto.image.DiffRequest;
import io.gantry.proto.image.DiskUsageRequest;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.EventsRequest;
import io.gantry.proto.image.Filter;
import io.gantry.proto.image.HistoryRequest;
import io.gantry.proto.image.ImageInfo;
import io.gantry.proto.image.ImagesGrpc;
import io.gantry.proto.image.InspectRequest;
import io.gantry.proto.image.LayerPhase;
import io.gantry.proto.image.ListPullsRequest;
import io.gantry.proto.image.ListRequest;
import io.gantry.proto.image.LoadRequest;
import io.gantry.proto.image.LoadResponse;
import io.gantry.proto.image.LoginRequest;
import io.gantry.proto.image.PruneRequest;
import io.gantry.proto.image.PullPhase;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.PullResponse;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.PushResponse;
import io.gantry.proto.image.RemoveRequest;
import io.gantry.proto.image.RemoveResponse;
import io.gantry.proto.image.SaveRequest;
import io.gantry.proto.image.SaveResponse;
import io.gantry.proto.image.TagRequest;
import io.gantry.proto.image.UsageRow;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvent.Kind;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ImagesServiceTest {

    private static final String NAME = "docker.io/library/busybox:latest";

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private ImagesGrpc.ImagesBlockingStub images;
    private ImagesGrpc.ImagesBlockingV2Stub streams;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        images = ImagesGrpc.newBlockingStub(daemon.channel());
        streams = ImagesGrpc.newBlockingV2Stub(daemon.channel());
    }

    @AfterEach
    void stop() {
        daemon.images.letGo();
        daemon.close();
    }

    @Test
    void aPullTellsItsProgressAndEndsWithTheImage() {
        List<PullResponse> answers = new ArrayList<>();
        images.pull(pull("busybox")).forEachRemaining(answers::add);

        PullResponse last = answers.getLast();
        assertThat(last.getDone().getReference()).isEqualTo(NAME);
        assertThat(last.getDone().getId()).startsWith("sha256:");
        assertThat(last.getDone().getUpToDate()).isFalse();
        PullResponse end = answers.get(answers.size() - 2);
        assertThat(end.getProgress().getPhase()).isEqualTo(PullPhase.PULL_PHASE_DONE);
        assertThat(answers.stream().flatMap(each -> each.getProgress().getLayersList().stream()))
                .last()
                .satisfies(
                        layer -> {
                            assertThat(layer.getPhase()).isEqualTo(LayerPhase.LAYER_PHASE_DONE);
                            assertThat(layer.getTotal()).isEqualTo(10);
                        });
    }

    @Test
    void aSecondClientFollowsThePullOfAKubelet() throws Exception {
        daemon.images.hold();
        var kubelet =
                ImageServiceGrpc.newFutureStub(daemon.channel())
                        .pullImage(
                                PullImageRequest.newBuilder()
                                        .setImage(ImageSpec.newBuilder().setImage("busybox"))
                                        .build());
        awaitPull();
        Iterator<PullResponse> follower =
                images.attachPull(AttachPullRequest.newBuilder().setReference("busybox").build());
        assertThat(follower.next().getProgress().getReference()).isEqualTo(NAME);
        daemon.images.letGo();
        PullResponse last = follower.next();
        while (follower.hasNext()) {
            last = follower.next();
        }
        assertThat(last.getDone().getId())
                .isEqualTo(kubelet.get(120, TimeUnit.SECONDS).getImageRef());
    }

    @Test
    void onlyWhatHasChangedIsToldAgain() {
        daemon.images.hold();
        Iterator<PullResponse> answers = images.pull(pull("busybox"));
        PullResponse answer = answers.next();
        while (answer.getProgress().getLayersCount() == 0) {
            answer = answers.next();
        }
        daemon.images.letGo();
        while (answers.hasNext()) {
            answer = answers.next();
            answer.getProgress()
                    .getLayersList()
                    .forEach(
                            layer ->
                                    assertThat(layer.getPhase())
                                            .isNotEqualTo(LayerPhase.LAYER_PHASE_WAITING));
        }
        assertThat(answer.hasDone()).isTrue();
    }

    @Test
    void aPullWhoseClientGoesAwayIsGivenUp() throws Exception {
        daemon.images.hold();
        try (Context.CancellableContext client = Context.current().withCancellation()) {
            Context before = client.attach();
            try {
                assertThat(images.pull(pull("busybox")).next().hasProgress()).isTrue();
                awaitPull();
            } finally {
                client.detach(before);
            }
            client.cancel(null);
            daemon.images.awaitInterrupted();
        }
        assertThat(daemon.images.list()).isEmpty();
    }

    @Test
    void aPullWithADeadlineEndsWithIt() {
        daemon.images.hold();
        Status status =
                failure(
                        () ->
                                images.withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                                        .pull(pull("busybox"))
                                        .forEachRemaining(answer -> {}));
        assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    }

    @Test
    void aFailedPullTellsWhy() {
        daemon.images.willFail(new NotFoundException("busybox: no such tag"));
        Status status = failure(() -> images.pull(pull("busybox")).forEachRemaining(each -> {}));
        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription()).isEqualTo("busybox: no such tag");
    }

    @Test
    void credentialsReachTheRegistrySideAndAPlatformIsChecked() {
        PullRequest.Builder request =
                pull("busybox").toBuilder()
                        .setPlatform("linux/arm64/v8")
                        .setCredentials(
                                Credentials.newBuilder().setUsername("me").setPassword("secret"));
        images.pull(request.build()).forEachRemaining(answer -> {});
        assertThat(daemon.images.credentials().getFirst().password()).isEqualTo("secret");

        Status status =
                failure(
                        () ->
                                images.pull(request.setPlatform("arm64").build())
                                        .forEachRemaining(answer -> {}));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription())
                .isEqualTo(
                        "platform is \"arm64\": it must be os/architecture[/variant], as"
                                + " linux/arm64");
    }

    @Test
    void nobodyFollowsWhatDoesNotRun() {
        Status status =
                failure(
                        () ->
                                images.attachPull(
                                                AttachPullRequest.newBuilder()
                                                        .setReference("busybox")
                                                        .build())
                                        .next());
        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void aPushTellsItsBlobsAndEndsWithTheDigest() {
        havePulled("busybox");
        List<PushResponse> answers = new ArrayList<>();
        images.push(
                        PushRequest.newBuilder()
                                .setImage("busybox")
                                .setDestination("r.local/b:2")
                                .build())
                .forEachRemaining(answers::add);

        assertThat(answers.getLast().getDone().getReference()).isEqualTo("r.local/b:2");
        assertThat(answers.getLast().getDone().getDigest())
                .isEqualTo(FakeImageTools.digest("manifest").toString());
        assertThat(answers.stream().flatMap(each -> each.getProgress().getBlobsList().stream()))
                .extracting(blob -> blob.getPhase())
                .contains(BlobPhase.BLOB_PHASE_DONE, BlobPhase.BLOB_PHASE_EXISTS);
        assertThat(Objects.requireNonNull(daemon.tools.pushed).platform())
                .isEqualTo(Platform.of("linux", "amd64", ""));
    }

    @Test
    void aLoginIsAskedOfTheRegistryAndItsTokenIsPassedOn() {
        assertThat(login("r.local:5000", "alice", "secret")).isEqualTo("token-of-alice");
        assertThat(daemon.tools.loggedIn).isEqualTo("r.local:5000 alice");
        assertThat(login("docker.io", "bob", "secret")).isEqualTo("token-of-bob");
        assertThat(failure(() -> login("r.local", "alice", "wrong")).getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void aLoginNeedsAHostAndCredentials() {
        for (String registry :
                List.of("", "r.local/team", "nohost", "https://r.local", "r local.")) {
            Status status = failure(() -> login(registry, "alice", "secret"));
            assertThat(status.getCode()).as(registry).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription()).contains("registry");
        }
        assertThat(failure(() -> login("r.local", "", "")).getDescription())
                .isEqualTo("credentials are missing");
        assertThat(daemon.tools.loggedIn).isEmpty();
    }

    private String login(String registry, String username, String password) {
        return images.login(
                        LoginRequest.newBuilder()
                                .setRegistry(registry)
                                .setCredentials(
                                        Credentials.newBuilder()
                                                .setUsername(username)
                                                .setPassword(password))
                                .build())
                .getIdentityToken();
    }

    @Test
    void aPushOfAllPlatformsNamesNone() {
        havePulled("busybox");
        images.push(PushRequest.newBuilder().setImage("busybox").setAllPlatforms(true).build())
                .forEachRemaining(answer -> {});
        assertThat(Objects.requireNonNull(daemon.tools.pushed).platform()).isNull();
        assertThat(Objects.requireNonNull(daemon.tools.pushed).targets())
                .singleElement()
                .hasToString(NAME);
    }

    @Test
    void aPushByIdMustSayWhereTo() {
        String id = havePulled("busybox");
        Status status =
                failure(
                        () ->
                                images.push(PushRequest.newBuilder().setImage(id).build())
                                        .forEachRemaining(answer -> {}));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void anArchiveComesWholeAndInPieces() {
        havePulled("busybox");
        long bytes = 0;
        int pieces = 0;
        Iterator<SaveResponse> archive = images.save(save("busybox"));
        while (archive.hasNext()) {
            bytes += archive.next().getData().size();
            pieces++;
        }
        assertThat(bytes).isEqualTo(FakeImageTools.ARCHIVE_BYTES);
        assertThat(pieces).isGreaterThan(4);
        assertThat(Objects.requireNonNull(daemon.tools.savedAs).format()).isEqualTo(Format.OCI);
    }

    @Test
    void anArchiveThatIsNotReadIsNotMade() throws Exception {
        havePulled("busybox");
        BlockingClientCall<?, SaveResponse> archive = streams.save(save("busybox"));
        assertThat(archive.read()).isNotNull();
        // The in-process transport takes what was asked for; the rest has to wait.
        assertThat(daemon.tools.saved.get()).isLessThan(FakeImageTools.ARCHIVE_BYTES);
        archive.cancel("enough", null);
    }

    @Test
    void saveOfWhatIsNotHereIsRefused() {
        assertThat(failure(() -> images.save(save("absent")).next()).getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void anArchiveIsLoadedFromItsPieces() throws Exception {
        havePulled("busybox");
        havePulled("alpine");
        List<LoadResponse> answers = load("busy", "box alp", "", "ine");
        assertThat(answers.stream().filter(LoadResponse::hasLoaded))
                .extracting(each -> each.getLoaded().getReferences(0))
                .containsExactly("busybox", "alpine");
        assertThat(Objects.requireNonNull(daemon.tools.loadedAs).name()).isEmpty();
    }

    @Test
    void whatIsNoArchiveIsRefused() {
        StatusException failure =
                catchThrowableOfType(StatusException.class, () -> load("12", "34"));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure.getStatus().getDescription()).isEqualTo("no archive of images");
    }

    @Test
    void namesAreGivenAndTaken() {
        String id = havePulled("busybox");
        assertThat(
                        images.tag(
                                        TagRequest.newBuilder()
                                                .setImage("busybox")
                                                .addTargets("mine")
                                                .addTargets("r.local/x:2")
                                                .build())
                                .getReferencesList())
                .containsExactly("docker.io/library/mine:latest", "r.local/x:2");
        RemoveResponse removed =
                images.remove(RemoveRequest.newBuilder().setImage("busybox").build());
        assertThat(removed.getUntaggedList()).containsExactly(NAME);
        assertThat(removed.getDeletedList()).containsExactly(id);
        assertThat(
                        failure(
                                        () ->
                                                images.remove(
                                                        RemoveRequest.newBuilder()
                                                                .setImage("busybox")
                                                                .build()))
                                .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void listsWhatTheFiltersAccept() {
        havePulled("busybox");
        havePulled("r.local/app/web:2");
        assertThat(list()).hasSize(2);
        assertThat(list("reference", "busybox")).hasSize(1);
        assertThat(list("reference", "busy*:latest")).hasSize(1);
        assertThat(list("reference", "r.local/*/web")).hasSize(1);
        assertThat(list("reference", "r.local/*")).isEmpty();
        assertThat(list("dangling", "true")).isEmpty();
        assertThat(list("dangling", "false")).hasSize(2);
        assertThat(list("label", "a=b")).isEmpty();
        ImageInfo image = list().getFirst();
        assertThat(image.getSize()).isEqualTo(12);
        assertThat(image.getUniqueSize()).isEqualTo(4);
        assertThat(image.getContainers()).isEqualTo(1);
        assertThat(image.getPlatform()).isEqualTo("linux/amd64");
        Status status = failure(() -> list("colour", "red"));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).startsWith("filter is \"colour\"");
    }

    @Test
    void inspectSpeaksAsDockerDoes() {
        String id = havePulled("busybox");
        String json =
                images.inspect(InspectRequest.newBuilder().setImage("busybox").build()).getJson();
        assertThat(json)
                .contains(
                        "\"Id\" : \"" + id + "\"",
                        "\"Other\" : 1",
                        "\"UniqueSize\" : 4",
                        "\"RootFS\"");
    }

    @Test
    void historyTellsEachStep() {
        havePulled("busybox");
        var steps =
                images.history(HistoryRequest.newBuilder().setImage("busybox").build())
                        .getStepsList();
        assertThat(steps).hasSize(2);
        assertThat(steps.get(0).getEmptyLayer()).isTrue();
        assertThat(steps.get(0).getCreatedAt()).isZero();
        assertThat(steps.get(1).getSize()).isEqualTo(40);
        assertThat(steps.get(1).getLayer()).isEqualTo(FakeImages.LAYER.digest().toString());
    }

    @Test
    void pruneReadsItsFilters() {
        var answer =
                images.prune(
                        PruneRequest.newBuilder()
                                .setAll(true)
                                .addFilters(filter("until", "5000000000"))
                                .addFilters(filter("label!", "keep"))
                                .build());
        assertThat(answer.getReclaimed()).isEqualTo(77);
        var order = Objects.requireNonNull(daemon.tools.pruned);
        assertThat(order.all()).isTrue();
        assertThat(order.until().orElseThrow()).hasToString("1970-01-01T00:00:05Z");
        assertThat(order.notLabels())
                .singleElement()
                .extracting(each -> each.key())
                .isEqualTo("keep");
    }

    @Test
    void diskUsageHasARowForEachKind() {
        assertThat(images.diskUsage(DiskUsageRequest.getDefaultInstance()).getRowsList())
                .extracting(UsageRow::getType)
                .containsExactly("Images", "Containers", "Volumes", "Blobs");
    }

    @Test
    void aContainerIsFoundForItsDiff() {
        String id =
                daemon.engine()
                        .createContainer(
                                io.gantry.proto.engine.CreateContainerRequest.newBuilder()
                                        .setImage(InProcessDaemon.IMAGE)
                                        .setName("web")
                                        .build())
                        .getId();
        assertThat(id).isNotEmpty();
        assertThat(
                        images.diff(DiffRequest.newBuilder().setContainer("web").build())
                                .getChangesList())
                .extracting(change -> change.getKind())
                .containsExactly(ChangeKind.CHANGE_KIND_CHANGED, ChangeKind.CHANGE_KIND_ADDED);
        assertThat(
                        failure(
                                        () ->
                                                images.diff(
                                                        DiffRequest.newBuilder()
                                                                .setContainer("nobody")
                                                                .build()))
                                .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void eventsArePassedOnWithWhatWasLost() {
        event(ImageEvents.Action.PULL, 0);
        event(ImageEvents.Action.TAG, 3);
        event(ImageEvents.Action.DELETE, 1);
        Iterator<Event> events =
                images.events(
                        EventsRequest.newBuilder()
                                .addFilters(filter("event", "pull"))
                                .addFilters(filter("event", "delete"))
                                .addFilters(filter("image", "busybox"))
                                .build());
        Event pull = events.next();
        assertThat(pull.getAction()).isEqualTo("pull");
        assertThat(pull.getName()).isEqualTo(NAME);
        Event delete = events.next();
        assertThat(delete.getAction()).isEqualTo("delete");
        assertThat(delete.getLost()).isEqualTo(4);
    }

    @Test
    void eventsOfContainersComeBetweenThoseOfImages() {
        PodSandboxConfig config = PodSandboxConfig.of(new PodSandboxMetadata("p", "u", "n", 0));
        Deadline never = Deadline.never(Clock.SYSTEM);
        PodSandbox pod =
                daemon.pods.get(daemon.pods.run(PodOwner.GANTRY, config, "", never).value());
        Container container =
                daemon.containers.get(
                        daemon.containers
                                .create(
                                        pod.id().value(),
                                        ContainerConfig.of("web", "busybox", List.of("sh")),
                                        never)
                                .value());
        String id = container.id().value();
        Iterator<Event> all = images.events(EventsRequest.getDefaultInstance());
        Iterator<Event> ofWeb = events("container", "web");
        Iterator<Event> ofId = events("container", id.substring(0, 12));
        // The headers of the calls are not waited for by a blocking stub.
        while (daemon.events.onlookers() < 3) {
            LockSupport.parkNanos(1_000_000);
        }
        happened(Kind.CREATED, pod.id().value(), pod, List.of());
        happened(Kind.CREATED, id, pod, List.of(container));
        Event created = all.next();
        assertThat(created.getType()).isEqualTo("container");
        assertThat(created.getAction()).isEqualTo("create");
        assertThat(created.getId()).isEqualTo(id);
        assertThat(created.getName()).isEqualTo("web");
        happened(Kind.STOPPED, id, pod, List.of(container));
        assertThat(all.next().getAction()).isEqualTo("die");
        happened(Kind.DELETED, id, pod, List.of());
        assertThat(all.next().getAction()).isEqualTo("remove");
        assertThat(List.of(ofWeb.next().getAction(), ofWeb.next().getAction()))
                .containsExactly("create", "die");
        assertThat(ofId.next().getAction()).isEqualTo("create");
        EventFilter others = EventFilter.of(List.of(filter("type", "image")));
        assertThat(others.accepts(created)).isFalse();
        assertThat(EventFilter.of(List.of(filter("event", "start"))).accepts(created)).isFalse();
        ImageEvents.Event pull =
                new ImageEvents.Event(
                        FakePods.CREATED, ImageEvents.Action.PULL, Optional.empty(), NAME);
        assertThat(others.accepts(pull)).isTrue();
        for (String name : List.of("type", "container")) {
            assertThat(EventFilter.of(List.of(filter(name, "container"))).accepts(pull)).isFalse();
        }
    }

    private Iterator<Event> events(String filter, String value) {
        return images.events(EventsRequest.newBuilder().addFilters(filter(filter, value)).build());
    }

    private void happened(Kind kind, String id, PodSandbox pod, List<Container> containers) {
        daemon.events.publish(new ContainerEvent(kind, id, FakePods.CREATED, pod, containers));
    }

    @Test
    void eventsEndWhenTheyWereToldTo() {
        event(ImageEvents.Action.PULL, 0);
        assertThat(images.events(EventsRequest.newBuilder().setUntil(1).build()).hasNext())
                .isTrue();
    }

    private void event(ImageEvents.Action action, long lost) {
        daemon.tools.events.add(
                new Delivery(
                        new ImageEvents.Event(FakePods.CREATED, action, Optional.empty(), NAME),
                        lost));
    }

    private List<LoadResponse> load(String... pieces) throws StatusException, InterruptedException {
        BlockingClientCall<LoadRequest, LoadResponse> call = streams.load();
        for (String piece : pieces) {
            call.write(LoadRequest.newBuilder().setData(ByteString.copyFromUtf8(piece)).build());
        }
        call.halfClose();
        List<LoadResponse> answers = new ArrayList<>();
        for (LoadResponse answer = call.read(); answer != null; answer = call.read()) {
            answers.add(answer);
        }
        return answers;
    }

    private List<ImageInfo> list(String... filter) {
        ListRequest.Builder request = ListRequest.newBuilder();
        if (filter.length > 0) {
            request.addFilters(filter(filter[0], filter[1]));
        }
        return images.list(request.build()).getImagesList();
    }

    private String havePulled(String name) {
        String id = "";
        Iterator<PullResponse> answers = images.pull(pull(name));
        while (answers.hasNext()) {
            id = answers.next().getDone().getId();
        }
        return id;
    }

    /** The call has come to the daemon. */
    private void awaitPull() {
        while (images.listPulls(ListPullsRequest.getDefaultInstance()).getPullsCount() == 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static PullRequest pull(String name) {
        return PullRequest.newBuilder().setReference(name).build();
    }

    private static SaveRequest save(String name) {
        return SaveRequest.newBuilder()
                .addImages(name)
                .setFormat(ArchiveFormat.ARCHIVE_FORMAT_OCI)
                .build();
    }

    private static Filter filter(String name, String value) {
        return Filter.newBuilder().setName(name).setValue(value).build();
    }

    private static Status failure(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }
}
