package io.gantry.cri.translate;

import io.gantry.image.content.Digest;
import io.gantry.image.service.DiskAccounts;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageDetails;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageNames;
import io.gantry.proto.image.Change;
import io.gantry.proto.image.ChangeKind;
import io.gantry.proto.image.DiskUsageResponse;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.HistoryStep;
import io.gantry.proto.image.ImageInfo;
import io.gantry.proto.image.Loaded;
import io.gantry.proto.image.PruneResponse;
import io.gantry.proto.image.RemoveResponse;
import io.gantry.proto.image.UsageRow;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What clients are told of images. */
public final class ImageResponses {

    private ImageResponses() {}

    /**
     * An image in a list.
     *
     * @param tags of its names, those to tell
     * @param use null when the image went away while it was measured
     */
    public static ImageInfo toProto(
            Image image, List<String> tags, ImageDetails.@Nullable Use use) {
        ImageInfo.Builder proto =
                ImageInfo.newBuilder()
                        .setId(image.id().toString())
                        .addAllRepoTags(tags)
                        .addAllRepoDigests(image.repoDigests())
                        .setSize(image.size())
                        .setCreatedAt(Fields.nanos(image.config().created()))
                        .setPulledAt(Fields.nanos(image.pulled()))
                        .setPlatform(platform(image))
                        .setDigest(image.manifestDigest().toString())
                        .putAllLabels(image.config().defaults().labels())
                        .setPinned(image.pinned())
                        .setArtifactType(image.artifactType());
        if (use != null) {
            proto.setSize(use.total())
                    .setUniqueSize(use.unique())
                    .setContainers(use.containers().size());
        }
        return proto.build();
    }

    private static String platform(Image image) {
        return image.isArtifact() ? "" : image.config().platform().toString();
    }

    /** A step of an image's history. */
    public static HistoryStep toProto(ImageDetails.Step step) {
        ImageDetails.Layer layer = step.layer();
        return HistoryStep.newBuilder()
                .setCreatedAt(Fields.nanos(step.created()))
                .setCreatedBy(step.createdBy())
                .setAuthor(step.author())
                .setComment(step.comment())
                .setEmptyLayer(layer == null)
                .setLayer(layer == null ? "" : layer.blob().digest().toString())
                .setSize(step.bytes())
                .build();
    }

    /** What a removal did. */
    public static RemoveResponse toProto(ImageNames.Removed removed) {
        return RemoveResponse.newBuilder()
                .addAllUntagged(removed.untagged())
                .addAllDeleted(texts(removed.deleted()))
                .setReclaimed(removed.freedBytes())
                .build();
    }

    /** What pruning did. */
    public static PruneResponse pruned(ImageNames.Removed removed) {
        return PruneResponse.newBuilder()
                .addAllUntagged(removed.untagged())
                .addAllDeleted(texts(removed.deleted()))
                .setReclaimed(removed.freedBytes())
                .build();
    }

    /** What takes up the disk. */
    public static DiskUsageResponse toProto(DiskAccounts.Report report) {
        return DiskUsageResponse.newBuilder()
                .addRows(row("Images", report.imageTotals()))
                .addRows(row("Containers", report.containerTotals()))
                .addRows(row("Volumes", report.volumes()))
                .addRows(row("Blobs", report.content()))
                .build();
    }

    /** A difference. */
    public static Change toProto(io.gantry.image.diff.Change change) {
        ChangeKind kind =
                switch (change.kind()) {
                    case ADDED -> ChangeKind.CHANGE_KIND_ADDED;
                    case CHANGED -> ChangeKind.CHANGE_KIND_CHANGED;
                    case DELETED -> ChangeKind.CHANGE_KIND_DELETED;
                };
        return Change.newBuilder().setKind(kind).setPath(change.path()).build();
    }

    /** An image that came out of an archive. */
    public static Loaded toProto(ImageArchives.Loaded loaded) {
        return Loaded.newBuilder()
                .setId(loaded.image().id().toString())
                .addAllReferences(loaded.names())
                .build();
    }

    /**
     * An event.
     *
     * @param lost events that its client missed before it
     */
    public static Event toProto(ImageEvents.Event event, long lost) {
        return Event.newBuilder()
                .setTime(Fields.nanos(event.time()))
                .setType("image")
                .setAction(event.action().name().toLowerCase(Locale.ROOT))
                .setId(event.image().map(Digest::toString).orElse(""))
                .setName(event.name())
                .setLost(lost)
                .build();
    }

    private static UsageRow row(String type, DiskAccounts.Totals totals) {
        return UsageRow.newBuilder()
                .setType(type)
                .setTotal(totals.count())
                .setActive(totals.active())
                .setSize(totals.bytes())
                .setReclaimable(totals.reclaimable())
                .build();
    }

    private static List<String> texts(List<Digest> digests) {
        return digests.stream().map(Digest::toString).toList();
    }
}
