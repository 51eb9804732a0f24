package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.image.AttachPullRequest;
import io.gantry.proto.image.BlobPhase;
import io.gantry.proto.image.BlobProgress;
import io.gantry.proto.image.Change;
import io.gantry.proto.image.ChangeKind;
import io.gantry.proto.image.DiffRequest;
import io.gantry.proto.image.DiffResponse;
import io.gantry.proto.image.DiskUsageRequest;
import io.gantry.proto.image.DiskUsageResponse;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.EventsRequest;
import io.gantry.proto.image.HistoryRequest;
import io.gantry.proto.image.HistoryResponse;
import io.gantry.proto.image.HistoryStep;
import io.gantry.proto.image.ImageInfo;
import io.gantry.proto.image.ImagesGrpc;
import io.gantry.proto.image.InspectRequest;
import io.gantry.proto.image.InspectResponse;
import io.gantry.proto.image.LayerPhase;
import io.gantry.proto.image.LayerProgress;
import io.gantry.proto.image.ListRequest;
import io.gantry.proto.image.ListResponse;
import io.gantry.proto.image.LoadRequest;
import io.gantry.proto.image.LoadResponse;
import io.gantry.proto.image.Loaded;
import io.gantry.proto.image.LoginRequest;
import io.gantry.proto.image.LoginResponse;
import io.gantry.proto.image.PruneRequest;
import io.gantry.proto.image.PruneResponse;
import io.gantry.proto.image.PullPhase;
import io.gantry.proto.image.PullProgress;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.PullResponse;
import io.gantry.proto.image.Pulled;
import io.gantry.proto.image.PushProgress;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.PushResponse;
import io.gantry.proto.image.Pushed;
import io.gantry.proto.image.RemoveRequest;
import io.gantry.proto.image.RemoveResponse;
import io.gantry.proto.image.SaveRequest;
import io.gantry.proto.image.SaveResponse;
import io.gantry.proto.image.TagRequest;
import io.gantry.proto.image.TagResponse;
import io.gantry.proto.image.UsageRow;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** Images that are names and no more, and a record of what was asked. */
final class FakeImageStore extends ImagesGrpc.ImagesImplBase {

    static final String ID = "sha256:0123456789abcdef";
    static final String DIGEST = "sha256:feed";
    static final String LAYER = "sha256:aaaaaaaaaaaabbbb";

    final List<PullRequest> pullRequests = new CopyOnWriteArrayList<>();
    final List<PushRequest> pushRequests = new CopyOnWriteArrayList<>();
    final List<LoginRequest> loginRequests = new CopyOnWriteArrayList<>();
    final List<PruneRequest> pruneRequests = new CopyOnWriteArrayList<>();
    final List<SaveRequest> saveRequests = new CopyOnWriteArrayList<>();
    private final Set<String> images = new ConcurrentSkipListSet<>();

    boolean has(String name) {
        return images.contains(name);
    }

    List<String> pulls() {
        return pullRequests.stream().map(PullRequest::getReference).toList();
    }

    @Override
    public void pull(PullRequest request, StreamObserver<PullResponse> observer) {
        pullRequests.add(request);
        if (request.getReference().contains("absent")) {
            observer.onError(
                    Status.NOT_FOUND
                            .withDescription(request.getReference() + ": not found")
                            .asException());
            return;
        }
        images.add(request.getReference());
        follow(request.getReference(), observer);
    }

    @Override
    public void attachPull(AttachPullRequest request, StreamObserver<PullResponse> observer) {
        follow(request.getReference(), observer);
    }

    private static void follow(String reference, StreamObserver<PullResponse> observer) {
        observer.onNext(progress(reference, LayerPhase.LAYER_PHASE_DOWNLOADING, 50));
        observer.onNext(progress(reference, LayerPhase.LAYER_PHASE_DOWNLOADING, 80));
        observer.onNext(progress(reference, LayerPhase.LAYER_PHASE_DONE, 100));
        observer.onNext(
                PullResponse.newBuilder()
                        .setDone(
                                Pulled.newBuilder()
                                        .setId(ID)
                                        .setDigest(DIGEST)
                                        .setReference(reference))
                        .build());
        observer.onCompleted();
    }

    private static PullResponse progress(String reference, LayerPhase phase, long bytes) {
        return PullResponse.newBuilder()
                .setProgress(
                        PullProgress.newBuilder()
                                .setReference(reference)
                                .setPhase(PullPhase.PULL_PHASE_LAYERS)
                                .addLayers(
                                        LayerProgress.newBuilder()
                                                .setId(LAYER)
                                                .setPhase(phase)
                                                .setBytes(bytes)
                                                .setTotal(100)))
                .build();
    }

    @Override
    public void push(PushRequest request, StreamObserver<PushResponse> observer) {
        pushRequests.add(request);
        PushProgress.Builder progress = PushProgress.newBuilder();
        progress.addBlobs(
                BlobProgress.newBuilder()
                        .setId(LAYER)
                        .setPhase(BlobPhase.BLOB_PHASE_DONE)
                        .setMediaType("application/vnd.oci.image.layer.v1.tar+gzip"));
        progress.addBlobs(
                BlobProgress.newBuilder()
                        .setId("sha256:cccccccccccccccc")
                        .setPhase(BlobPhase.BLOB_PHASE_DONE)
                        .setMediaType("application/vnd.oci.image.config.v1+json"));
        observer.onNext(PushResponse.newBuilder().setProgress(progress).build());
        answer(
                observer,
                PushResponse.newBuilder()
                        .setDone(
                                Pushed.newBuilder()
                                        .setReference(request.getImage())
                                        .setDigest(DIGEST)
                                        .setSize(7))
                        .build());
    }

    @Override
    public void login(LoginRequest request, StreamObserver<LoginResponse> observer) {
        loginRequests.add(request);
        String password = request.getCredentials().getPassword();
        if (password.equals("wrong")) {
            observer.onError(
                    Status.PERMISSION_DENIED
                            .withDescription("registry denied access to a login")
                            .asRuntimeException());
            return;
        }
        String token = password.equals("traded") ? "identity" : "";
        answer(observer, LoginResponse.newBuilder().setIdentityToken(token).build());
    }

    @Override
    public void tag(TagRequest request, StreamObserver<TagResponse> observer) {
        images.addAll(request.getTargetsList());
        answer(observer, TagResponse.getDefaultInstance());
    }

    @Override
    public void remove(RemoveRequest request, StreamObserver<RemoveResponse> observer) {
        if (!images.remove(request.getImage())) {
            observer.onError(
                    Status.NOT_FOUND
                            .withDescription("no image " + request.getImage())
                            .asException());
            return;
        }
        answer(
                observer,
                RemoveResponse.newBuilder().addUntagged(request.getImage()).addDeleted(ID).build());
    }

    @Override
    public void save(SaveRequest request, StreamObserver<SaveResponse> observer) {
        saveRequests.add(request);
        if (!images.containsAll(request.getImagesList())) {
            observer.onNext(piece("half of "));
            observer.onError(Status.DATA_LOSS.withDescription("a blob is damaged").asException());
            return;
        }
        observer.onNext(piece(String.join(" ", request.getImagesList())));
        answer(observer, piece("!"));
    }

    private static SaveResponse piece(String text) {
        return SaveResponse.newBuilder().setData(ByteString.copyFromUtf8(text)).build();
    }

    @Override
    public StreamObserver<LoadRequest> load(StreamObserver<LoadResponse> observer) {
        return new StreamObserver<>() {

            private ByteString archive = ByteString.EMPTY;

            @Override
            public void onNext(LoadRequest request) {
                archive = archive.concat(request.getData());
            }

            @Override
            public void onError(Throwable failure) {
                // The client has gone.
            }

            @Override
            public void onCompleted() {
                String text = archive.toStringUtf8();
                if (text.isEmpty()) {
                    observer.onError(
                            Status.INVALID_ARGUMENT
                                    .withDescription("no archive of images")
                                    .asException());
                    return;
                }
                Loaded.Builder loaded = Loaded.newBuilder().setId(ID);
                if (!text.startsWith("nameless")) {
                    loaded.addReferences(text);
                }
                answer(observer, LoadResponse.newBuilder().setLoaded(loaded).build());
            }
        };
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResponse> observer) {
        ListResponse.Builder list = ListResponse.newBuilder();
        images.forEach(
                name ->
                        list.addImages(
                                ImageInfo.newBuilder()
                                        .setId(ID)
                                        .addRepoTags(name)
                                        .addRepoDigests(
                                                name.substring(0, ImageName.tagStart(name))
                                                        + "@"
                                                        + DIGEST)
                                        .setUniqueSize(1000)
                                        .setSize(4_270_000)));
        answer(observer, list.build());
    }

    @Override
    public void inspect(InspectRequest request, StreamObserver<InspectResponse> observer) {
        if (images.contains(request.getImage())) {
            answer(observer, InspectResponse.newBuilder().setJson("{\"Id\": 1}").build());
        } else {
            observer.onError(Status.NOT_FOUND.withDescription("no image").asException());
        }
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryResponse> observer) {
        answer(
                observer,
                HistoryResponse.newBuilder()
                        .addSteps(
                                HistoryStep.newBuilder()
                                        .setCreatedBy("CMD\u001b[2J sh")
                                        .setEmptyLayer(true))
                        .addSteps(
                                HistoryStep.newBuilder()
                                        .setCreatedBy("ADD " + "x".repeat(60))
                                        .setLayer(LAYER)
                                        .setSize(1000))
                        .build());
    }

    @Override
    public void prune(PruneRequest request, StreamObserver<PruneResponse> observer) {
        pruneRequests.add(request);
        answer(observer, PruneResponse.newBuilder().addDeleted(ID).setReclaimed(5000).build());
    }

    @Override
    public void diskUsage(DiskUsageRequest request, StreamObserver<DiskUsageResponse> observer) {
        answer(
                observer,
                DiskUsageResponse.newBuilder()
                        .addRows(
                                UsageRow.newBuilder()
                                        .setType("Images")
                                        .setTotal(3)
                                        .setActive(1)
                                        .setSize(4000)
                                        .setReclaimable(1000))
                        .build());
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<DiffResponse> observer) {
        answer(
                observer,
                DiffResponse.newBuilder()
                        .addChanges(change(ChangeKind.CHANGE_KIND_CHANGED, "/etc"))
                        .addChanges(change(ChangeKind.CHANGE_KIND_DELETED, "/etc/x"))
                        .build());
    }

    private static Change change(ChangeKind kind, String path) {
        return Change.newBuilder().setKind(kind).setPath(path).build();
    }

    @Override
    public void events(EventsRequest request, StreamObserver<Event> observer) {
        answer(
                observer,
                Event.newBuilder()
                        .setTime(1_000_000_000L)
                        .setType("image")
                        .setAction("pull")
                        .setId(ID)
                        .setName("busybox")
                        .setLost(2)
                        .build());
    }

    private static <T> void answer(StreamObserver<T> observer, T message) {
        observer.onNext(message);
        observer.onCompleted();
    }
}
