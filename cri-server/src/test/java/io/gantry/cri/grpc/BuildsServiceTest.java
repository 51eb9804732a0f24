package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.UnavailableException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.source.Place;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import io.gantry.proto.build.Answer;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.Context;
import io.gantry.proto.build.Data;
import io.gantry.proto.build.Entry;
import io.gantry.proto.build.Listing;
import io.gantry.proto.build.Open;
import io.gantry.proto.build.Pieces;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The conversation of a build, with a builder that does what a test says. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class BuildsServiceTest {

    private static final Context FILES =
            Context.newBuilder().setFiles(Context.Files.newBuilder().setKey("here")).build();

    @TempDir Path dir;
    private final AtomicReference<io.gantry.image.build.api.BuildRequest> wanted =
            new AtomicReference<>();
    private InProcessDaemon daemon;
    private BuildsGrpc.BuildsBlockingV2Stub builds;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        builds = BuildsGrpc.newBlockingV2Stub(daemon.channel());
        daemon.builder.work = this::result;
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private BuildResult result(
            io.gantry.image.build.api.BuildRequest request, BuildInputs in, BuildProgress out) {
        wanted.set(request);
        Descriptor manifest = Descriptor.of("application/json", new byte[0]);
        BuildResult.Built built =
                new BuildResult.Built(Platform.host(), manifest.digest(), manifest, List.of());
        return new BuildResult(List.of(built), Optional.empty(), List.of("docker.io/library/a:1"));
    }

    @Test
    void whatIsAskedForReachesTheBuilderAndItsResultTheClient() throws Exception {
        Open open =
                Open.newBuilder()
                        .setDockerfile("FROM scratch\n")
                        .setTarget("t")
                        .putBuildArgs("BUILDKIT_SANDBOX_HOSTNAME", "box")
                        .build();
        var call = open(open);
        BuildResponse answer = Objects.requireNonNull(call.read());
        assertThat(answer.getBuilt().getNamesList()).containsExactly("docker.io/library/a:1");
        assertThat(call.read()).isNull();
        assertThat(wanted.get().file().text()).isEqualTo("FROM scratch\n");
        assertThat(wanted.get().target()).hasValue("t");
        assertThat(wanted.get().run().hostname()).isEqualTo("box");
    }

    @Test
    void filesComeInPiecesAloneOrSeveralAtOnceAndOnce() throws Exception {
        List<Map<String, String>> seen = new ArrayList<>();
        daemon.builder.work =
                (request, inputs, progress) -> {
                    BuildContext files = ((NamedContext.Files) inputs.context()).files();
                    seen.add(
                            Map.of(
                                    "a",
                                    text(files, "a"),
                                    "b",
                                    text(files, "b"),
                                    "c",
                                    text(files, "c")));
                    return result(request, inputs, progress);
                };
        Open open = Open.newBuilder().setDockerfile("FROM scratch\n").addContexts(FILES).build();
        var call = open(open);
        call.write(listing(0, file("a", 3), file("b", 2), file("c", 0)));
        assertThat(Objects.requireNonNull(call.read()).getWanted().getEntriesList())
                .containsExactly(0, 1, 2);
        call.write(alone(data(0, "on", false)));
        call.write(together(data(0, "e", true), data(1, "tw", false)));
        call.write(together(data(1, "", true), data(2, "", true)));
        assertThat(Objects.requireNonNull(call.read()).hasBuilt()).isTrue();
        // The directory is another build's until the call has ended.
        readAll(call);
        var again = open(open);
        again.write(listing(0, file("a", 3), file("b", 2), file("c", 0)));
        assertThat(Objects.requireNonNull(again.read()).getWanted().getEntriesList()).isEmpty();
        assertThat(Objects.requireNonNull(again.read()).hasBuilt()).isTrue();
        assertThat(seen)
                .containsExactly(
                        Map.of("a", "one", "b", "tw", "c", ""),
                        Map.of("a", "one", "b", "tw", "c", ""));
    }

    @Test
    void filesThatAreNotNeededComeWhenTheyAre() throws Exception {
        daemon.builder.needs = (_, _) -> "a"::equals;
        AtomicReference<String> late = new AtomicReference<>();
        daemon.builder.work =
                (request, inputs, progress) -> {
                    progress.accept(new BuildProgress.Known(1, "COPY . .", Optional.empty()));
                    BuildContext files = ((NamedContext.Files) inputs.context()).files();
                    assertThat(files.directory().resolve("b")).doesNotExist();
                    try {
                        files.complete();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    late.set(text(files, "a") + text(files, "b") + text(files, "c"));
                    return result(request, inputs, progress);
                };
        Open open = Open.newBuilder().setDockerfile("FROM scratch\n").addContexts(FILES).build();
        var call = open(open);
        call.write(listing(0, file("a", 3), file("b", 2), file("c", 0)));
        assertThat(Objects.requireNonNull(call.read()).getWanted().getEntriesList())
                .containsExactly(0);
        call.write(alone(data(0, "one", true)));
        assertThat(Objects.requireNonNull(call.read()).getEvent().hasVertex()).isTrue();
        assertThat(Objects.requireNonNull(call.read()).getWanted().getEntriesList())
                .containsExactly(1, 2);
        call.write(alone(data(1, "t", false)));
        call.write(together(data(1, "wo", true), data(2, "", true)));
        assertThat(Objects.requireNonNull(call.read()).hasBuilt()).isTrue();
        assertThat(late).hasValue("onetwo");
        var wrong = open(open.toBuilder().setDockerfile("FROM scratch\nUSER 1\n").build());
        wrong.write(listing(0, file("a", 4), file("b", 3)));
        assertThat(Objects.requireNonNull(wrong.read()).getWanted().getEntriesList())
                .containsExactly(0);
        wrong.write(alone(data(0, "four", true)));
        assertThat(Objects.requireNonNull(wrong.read()).getEvent().hasVertex()).isTrue();
        assertThat(Objects.requireNonNull(wrong.read()).getWanted().getEntriesList())
                .containsExactly(1);
        wrong.write(alone(data(0, "x", true)));
        assertRefused(wrong, "data of entry 1 of context 0 is expected");
    }

    @Test
    void aClientThatSendsNoFilesLateEndsTheBuild() throws Exception {
        daemon.builder.needs = (_, _) -> _ -> false;
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        daemon.builder.work =
                (_, inputs, _) -> {
                    try {
                        ((NamedContext.Files) inputs.context()).files().complete();
                        throw new IllegalStateException();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (RuntimeException e) {
                        failure.complete(e);
                        throw e;
                    }
                };
        var call =
                open(Open.newBuilder().setDockerfile("FROM scratch\n").addContexts(FILES).build());
        call.write(listing(0, file("a", 1)));
        assertThat(Objects.requireNonNull(call.read()).getWanted().getEntriesList()).isEmpty();
        assertThat(Objects.requireNonNull(call.read()).getWanted().getEntriesList())
                .containsExactly(0);
        call.halfClose();
        assertThat(failure.get())
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("the client does not send files of its contexts");
    }

    @Test
    void dataThatIsNotWantedIsRefused() throws Exception {
        Open open = Open.newBuilder().setDockerfile("FROM scratch\n").addContexts(FILES).build();
        var other = open(open);
        other.write(listing(0, file("a", 1)));
        other.write(alone(data(7, "x", true)));
        assertRefused(other, "data of entry 0 of context 0 is expected");
        var more = open(open);
        more.write(listing(0, file("a", 1)));
        more.write(together(data(0, "x", true), data(1, "y", true)));
        assertRefused(more, "data came of entry 1, which nobody wants");
        var listing = open(open);
        listing.write(listing(1, file("a", 1)));
        assertRefused(listing, "a listing of context 0 is expected");
        var path = open(open);
        path.write(listing(0, file("../a", 1)));
        assertRefused(path, "../a");
        try (var left = Files.list(dir.resolve("contexts"))) {
            assertThat(left.filter(each -> Files.exists(each.resolve("index")))).isEmpty();
        }
    }

    @Test
    void contextsAreWhatTheClientSays() throws Exception {
        AtomicReference<Map<String, NamedContext>> named = new AtomicReference<>();
        daemon.builder.work =
                (request, inputs, progress) -> {
                    named.set(inputs.named());
                    return result(request, inputs, progress);
                };
        Context.Builder layout =
                Context.newBuilder()
                        .setName("layout")
                        .setFiles(
                                Context.Files.newBuilder()
                                        .setKey("l")
                                        .setLayout(Context.Layout.newBuilder().setImage("tag")));
        Open.Builder open =
                Open.newBuilder()
                        .setDockerfile("FROM scratch\n")
                        .addContexts(layout)
                        .addContexts(Context.newBuilder().setName("i").setImage("busybox"))
                        .addContexts(
                                Context.newBuilder()
                                        .setName("s")
                                        .setScratch(Context.Scratch.getDefaultInstance()))
                        .addContexts(Context.newBuilder().setName("r").setRemote("http://h/a.git"));
        var call = open(open.build());
        call.write(listing(0));
        assertThat(Objects.requireNonNull(call.read()).hasWanted()).isTrue();
        assertThat(Objects.requireNonNull(call.read()).hasBuilt()).isTrue();
        assertThat(named.get().get("layout"))
                .isInstanceOfSatisfying(
                        NamedContext.Layout.class, it -> assertThat(it.image()).isEqualTo("tag"));
        assertThat(named.get().get("i")).isInstanceOf(NamedContext.OfImage.class);
        assertThat(named.get().get("s")).isInstanceOf(NamedContext.Scratch.class);
        assertThat(named.get().get("r")).isInstanceOf(NamedContext.Remote.class);
        assertRefused(open(open(Context.newBuilder().setImage("busybox"))), "own context");
        assertRefused(open(open(layout.clone(), layout)), "two contexts have one name");
        assertRefused(open(open(Context.newBuilder().setName("r").setRemote("/a"))), "no address");
        assertRefused(open(open(Context.newBuilder().setName("r"))), "has no source");
        layout.getFilesBuilder().getLayoutBuilder().setImage("a/b");
        var wrong = open(open(layout));
        wrong.write(listing(0));
        assertRefused(wrong, "'a/b' is neither a tag nor a digest");
    }

    @Test
    void aSecretIsAskedForWhenItIsOffered() throws Exception {
        CompletableFuture<String> secret = new CompletableFuture<>();
        daemon.builder.work =
                (request, inputs, progress) -> {
                    Deadline soon = Deadline.after(Duration.ofSeconds(60), Clock.SYSTEM);
                    assertThat(inputs.offers().secret("other", soon)).isEmpty();
                    byte[] bytes = inputs.offers().secret("one", soon).orElseThrow();
                    secret.complete(new String(bytes, StandardCharsets.UTF_8));
                    return result(request, inputs, progress);
                };
        var call = open(Open.newBuilder().setDockerfile("FROM a\n").addSecrets("one").build());
        BuildResponse ask = Objects.requireNonNull(call.read());
        assertThat(ask.getAsk().getSecret()).isEqualTo("one");
        call.write(
                BuildRequest.newBuilder()
                        .setAnswer(
                                Answer.newBuilder()
                                        .setId(ask.getAsk().getId())
                                        .setFound(true)
                                        .setSecret(ByteString.copyFromUtf8("s3")))
                        .build());
        assertThat(Objects.requireNonNull(call.read()).hasBuilt()).isTrue();
        assertThat(secret.get()).isEqualTo("s3");
    }

    @Test
    void eventsComeInOrderAndAFailureWithItsPlace() throws Exception {
        daemon.builder.work =
                (_, _, progress) -> {
                    progress.accept(new BuildProgress.Known(1, "RUN false", Optional.empty()));
                    progress.accept(new BuildProgress.Started(1, Instant.EPOCH));
                    byte[] said = "no\n".getBytes(StandardCharsets.UTF_8);
                    progress.accept(
                            new BuildProgress.Log(1, true, Content.of(said), Instant.EPOCH));
                    throw new BuildFailedException(
                            "it is false",
                            new Place("Dockerfile", 2, 1, 2, 9),
                            "2 | RUN false",
                            new IllegalStateException());
                };
        var call = open(Open.newBuilder().setDockerfile("FROM a\n").build());
        assertThat(Objects.requireNonNull(call.read()).getEvent().getVertex().getName())
                .isEqualTo("RUN false");
        assertThat(Objects.requireNonNull(call.read()).getEvent().hasStarted()).isTrue();
        assertThat(Objects.requireNonNull(call.read()).getEvent().getLog().getData().toStringUtf8())
                .isEqualTo("no\n");
        assertThat(Objects.requireNonNull(call.read()).getFailure().getExcerpt())
                .isEqualTo("2 | RUN false");
        assertThatThrownBy(() -> readAll(call))
                .isInstanceOfSatisfying(
                        StatusException.class,
                        it ->
                                assertThat(it.getStatus().getCode())
                                        .isEqualTo(Status.Code.FAILED_PRECONDITION))
                .hasMessageContaining("it is false");
    }

    @Test
    void aClientThatGoesAwayEndsItsBuild() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        daemon.builder.work =
                (_, _, _) -> {
                    running.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.complete(true);
                        throw new CancelledException("the build was interrupted", e);
                    }
                    throw new IllegalStateException();
                };
        var call = open(Open.newBuilder().setDockerfile("FROM a\n").build());
        running.await();
        call.cancel("enough", null);
        assertThat(interrupted.get()).isTrue();
    }

    private BlockingClientCall<BuildRequest, BuildResponse> open(Open open) throws Exception {
        BlockingClientCall<BuildRequest, BuildResponse> call = builds.build();
        call.write(BuildRequest.newBuilder().setOpen(open).build());
        return call;
    }

    private static Open open(Context.Builder... contexts) {
        Open.Builder open = Open.newBuilder().setDockerfile("FROM scratch\n");
        for (Context.Builder each : contexts) {
            open.addContexts(each);
        }
        return open.build();
    }

    private static BuildRequest listing(int context, Entry... entries) {
        Listing listing =
                Listing.newBuilder()
                        .setContext(context)
                        .addAllEntries(List.of(entries))
                        .setLast(true)
                        .build();
        return BuildRequest.newBuilder().setListing(listing).build();
    }

    private static Entry file(String path, long size) {
        return Entry.newBuilder()
                .setPath(path)
                .setMode(0100644)
                .setSize(size)
                .setModifiedAt(1)
                .build();
    }

    private static Data data(int entry, String text, boolean last) {
        return Data.newBuilder()
                .setEntry(entry)
                .setData(ByteString.copyFromUtf8(text))
                .setLast(last)
                .build();
    }

    private static BuildRequest alone(Data data) {
        return BuildRequest.newBuilder().setData(data).build();
    }

    private static BuildRequest together(Data... data) {
        return BuildRequest.newBuilder()
                .setPieces(Pieces.newBuilder().addAllPieces(List.of(data)))
                .build();
    }

    private static String text(BuildContext files, String path) {
        Digest content = Objects.requireNonNull(files.entries().get(path)).content().orElseThrow();
        try {
            byte[] bytes = Files.readAllBytes(files.directory().resolve(path));
            assertThat(content.matches(bytes)).isTrue();
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void readAll(BlockingClientCall<BuildRequest, BuildResponse> call)
            throws Exception {
        while (call.read() != null) {
            // Until it ends.
        }
    }

    private static void assertRefused(
            BlockingClientCall<BuildRequest, BuildResponse> call, String why) {
        assertThatThrownBy(() -> readAll(call))
                .isInstanceOfSatisfying(
                        StatusException.class,
                        it ->
                                assertThat(it.getStatus().getCode())
                                        .isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining(why);
    }
}
