package io.gantry.cri.translate;

import com.google.protobuf.UnsafeByteOperations;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Place;
import io.gantry.image.content.Descriptor;
import io.gantry.image.manifest.Platform;
import io.gantry.proto.build.Built;
import io.gantry.proto.build.CacheEntry;
import io.gantry.proto.build.CacheKind;
import io.gantry.proto.build.Event;
import io.gantry.proto.build.Failure;
import io.gantry.proto.build.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What builds tell of themselves. */
public final class BuildResponses {

    private BuildResponses() {}

    /**
     * Something that happened.
     *
     * @param now when, unless the event says itself
     */
    public static Event toProto(BuildProgress.Event event, Instant now) {
        Event.Builder proto = Event.newBuilder().setAt(Fields.nanos(now));
        switch (event) {
            case BuildProgress.Known it -> proto.setVertex(vertex(it));
            case BuildProgress.Started it ->
                    proto.setAt(Fields.nanos(it.at()))
                            .setStarted(Event.Started.newBuilder().setVertex(it.vertex()));
            case BuildProgress.Cached it ->
                    proto.setCached(Event.Cached.newBuilder().setVertex(it.vertex()));
            case BuildProgress.Log it -> proto.setAt(Fields.nanos(it.at())).setLog(log(it));
            case BuildProgress.Bytes it ->
                    proto.setTransfer(
                            Event.Transfer.newBuilder()
                                    .setVertex(it.vertex())
                                    .setWhat(it.what())
                                    .setCurrent(it.current())
                                    .setTotal(it.total()));
            case BuildProgress.Completed it ->
                    proto.setFinished(finished(it.vertex(), Outcome.OUTCOME_DONE, it.duration()));
            case BuildProgress.Failed it ->
                    proto.setFinished(
                            finished(it.vertex(), Outcome.OUTCOME_FAILED, it.duration())
                                    .setMessage(it.message())
                                    .setExcerpt(it.excerpt()));
            case BuildProgress.Canceled it ->
                    proto.setFinished(
                            finished(it.vertex(), Outcome.OUTCOME_CANCELED, Duration.ZERO));
            case BuildProgress.Warning it -> proto.setWarning(warning(it));
        }
        return proto.build();
    }

    private static Event.Vertex vertex(BuildProgress.Known known) {
        Event.Vertex.Builder proto =
                Event.Vertex.newBuilder().setVertex(known.vertex()).setName(known.name());
        known.place().ifPresent(place -> proto.setPlace(toProto(place)));
        return proto.build();
    }

    private static Event.Log log(BuildProgress.Log log) {
        return Event.Log.newBuilder()
                .setVertex(log.vertex())
                .setStderr(log.error())
                .setData(UnsafeByteOperations.unsafeWrap(log.bytes().bytes()))
                .build();
    }

    private static Event.Finished.Builder finished(int vertex, Outcome how, Duration duration) {
        return Event.Finished.newBuilder()
                .setVertex(vertex)
                .setOutcome(how)
                .setDuration(duration.toNanos());
    }

    private static Event.Warning warning(BuildProgress.Warning warning) {
        Event.Warning.Builder proto =
                Event.Warning.newBuilder().setRule(warning.rule()).setMessage(warning.message());
        warning.place().ifPresent(place -> proto.setPlace(toProto(place)));
        return proto.build();
    }

    private static io.gantry.proto.build.Place toProto(Place place) {
        return io.gantry.proto.build.Place.newBuilder()
                .setFile(place.file())
                .setFirstLine(place.line())
                .setLastLine(place.endLine())
                .build();
    }

    /** Why there is no image; empty: the status says all that there is. */
    public static Optional<Failure> failure(Throwable cause) {
        return switch (cause) {
            case BuildFailedException it ->
                    Optional.of(failure(it, it.place().toString(), it.excerpt(), it.place()));
            case DockerfileException it when it.place().isPresent() -> {
                Place place = it.place().get();
                yield Optional.of(failure(it, place.toString(), it.excerpt(), place));
            }
            default -> Optional.empty();
        };
    }

    private static Failure failure(Throwable cause, String where, String excerpt, Place place) {
        String message = String.valueOf(cause.getMessage());
        String prefix = where + ": ";
        return Failure.newBuilder()
                .setMessage(
                        message.startsWith(prefix) ? message.substring(prefix.length()) : message)
                .setPlace(toProto(place))
                .setExcerpt(excerpt)
                .build();
    }

    /** What came of a build. */
    public static Built toProto(BuildResult result) {
        Descriptor root = result.root();
        BuildResult.Built own =
                result.images().stream()
                        .filter(it -> it.platform().distanceFrom(Platform.host()).isPresent())
                        .findFirst()
                        .orElse(result.images().getFirst());
        Built.Builder proto =
                Built.newBuilder()
                        .setId(own.id().toString())
                        .setDigest(root.digest().toString())
                        .setSize(root.size())
                        .setMediaType(root.mediaType())
                        .addAllNames(result.names());
        for (BuildResult.Built image : result.images()) {
            proto.addImages(
                    Built.Image.newBuilder()
                            .setPlatform(image.platform().toString())
                            .setId(image.id().toString())
                            .setDigest(image.manifest().digest().toString()));
        }
        return proto.build();
    }

    /** An entry of the cache. */
    public static CacheEntry toProto(BuildCache.Entry entry) {
        return CacheEntry.newBuilder()
                .setId(entry.id())
                .setKind(
                        switch (entry.kind()) {
                            case STEP -> CacheKind.CACHE_STEP;
                            case MOUNT -> CacheKind.CACHE_MOUNT;
                            case CONTEXT -> CacheKind.CACHE_CONTEXT;
                        })
                .setDescription(entry.description())
                .setBytes(entry.bytes())
                .setCreatedAt(Fields.nanos(entry.created()))
                .setLastUsedAt(Fields.nanos(entry.lastUsed()))
                .setUses(entry.uses())
                .setShared(entry.shared())
                .setInUse(entry.inUse())
                .build();
    }
}
