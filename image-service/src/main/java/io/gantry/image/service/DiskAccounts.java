package io.gantry.image.service;

import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What images and containers take up on disk, and how to get it back. Thread-safe. */
public interface DiskAccounts {

    /**
     * A kind of thing.
     *
     * @param count how many there are
     * @param active of these, in use
     * @param bytes on disk, what several share counted once
     * @param reclaimable of these, what removing all that is not in use would free
     */
    record Totals(long count, long active, long bytes, long reclaimable) {}

    /**
     * What a container has written.
     *
     * @param image that it was made from, which may have been removed
     * @param usage of its writable layer
     */
    record ContainerUse(String id, Digest image, FsUsage usage) {}

    /**
     * All of it.
     *
     * @param images by image; in use are those that a container was made from or that are pinned
     * @param imageTotals over them
     * @param containers writable layers
     * @param containerTotals over them; in use are those that run
     * @param volumes that were made for containers since their images declare them, and go with
     *     them; in use are those of containers that run
     * @param content packed blobs, which {@code imageTotals} count as well, and parts of unfinished
     *     pulls; in use are those that an image needs, parts are not
     */
    record Report(
            Map<Digest, ImageDetails.Use> images,
            Totals imageTotals,
            List<ContainerUse> containers,
            Totals containerTotals,
            Totals volumes,
            Totals content) {
        public Report {
            images = Map.copyOf(images);
            containers = List.copyOf(containers);
        }
    }

    /** A label that an image has; an empty value fits every value. */
    record LabelMatch(String key, Optional<String> value) {

        /** Reads {@code KEY} or {@code KEY=VALUE}. */
        public static LabelMatch parse(String text) {
            int equals = text.indexOf('=');
            return equals < 0
                    ? new LabelMatch(text, Optional.empty())
                    : new LabelMatch(
                            text.substring(0, equals), Optional.of(text.substring(equals + 1)));
        }

        /** Whether the label is among them. */
        public boolean matches(Map<String, String> labels) {
            String found = labels.get(key);
            return found != null && value.map(found::equals).orElse(true);
        }
    }

    /**
     * What to remove; all conditions must hold.
     *
     * @param all also images that have a tag; else only those without
     * @param until only images that came before
     * @param labels which an image must have, all of them
     * @param notLabels none of which an image may have
     */
    record PruneOrder(
            boolean all,
            Optional<Instant> until,
            List<LabelMatch> labels,
            List<LabelMatch> notLabels) {

        public PruneOrder {
            labels = List.copyOf(labels);
            notLabels = List.copyOf(notLabels);
        }

        /** All images that no container uses, or those of them without a tag. */
        public static PruneOrder of(boolean all) {
            return new PruneOrder(all, Optional.empty(), List.of(), List.of());
        }
    }

    /**
     * Measures.
     *
     * @param running whether the container of that id runs
     */
    Report report(Predicate<String> running);

    /** What each image takes up; cheaper than {@link #report}, since no container is measured. */
    Map<Digest, ImageDetails.Use> uses();

    /**
     * Removes images that no container was made from and nobody pins. What running work needs
     * stays. Parts of unfinished pulls go as well.
     *
     * @return names, then ids of images and chain ids of layers, and the space on disk that became
     *     free
     */
    ImageNames.Removed prune(PruneOrder order);
}
