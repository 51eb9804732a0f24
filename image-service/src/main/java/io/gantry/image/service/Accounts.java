package io.gantry.image.service;

import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Collected;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.service.ImageEvents.Action;
import io.gantry.image.service.ImageNames.Removed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Accounts as rows and files have them. */
final class Accounts implements DiskAccounts {

    private final UseCounter counter;
    private final Catalog catalog;
    private final ContainerRootfs rootfs;
    private final GarbageCollector collector;
    private final EventLog events;

    Accounts(
            UseCounter counter,
            Catalog catalog,
            ContainerRootfs rootfs,
            GarbageCollector collector,
            EventLog events) {
        this.counter = counter;
        this.catalog = catalog;
        this.rootfs = rootfs;
        this.collector = collector;
        this.events = events;
    }

    @Override
    public Map<Digest, ImageDetails.Use> uses() {
        try {
            return counter.uses();
        } catch (IOException e) {
            throw Failures.of("measure the images", e);
        }
    }

    @Override
    public Report report(Predicate<String> running) {
        try {
            Set<Digest> pinned =
                    catalog.list().stream()
                            .filter(Image::pinned)
                            .map(Image::id)
                            .collect(Collectors.toSet());
            Set<Digest> used = rootfs.users().keySet();
            Totals images =
                    counter.totals(row -> used.contains(row.id()) || pinned.contains(row.id()));
            List<ContainerUse> containers = containers();
            return new Report(
                    counter.uses(),
                    images,
                    containers,
                    totals(containers, running),
                    volumes(running),
                    counter.content());
        } catch (IOException e) {
            throw Failures.of("measure the images", e);
        }
    }

    @Override
    public Removed prune(PruneOrder order) {
        List<String> untagged = new ArrayList<>();
        List<Digest> deleted = new ArrayList<>();
        for (Image image : catalog.list()) {
            if (fits(image, order) && catalog.deleteIf(image.id(), now -> mayGo(now, order))) {
                untagged.addAll(image.repoTags());
                untagged.addAll(image.repoDigests());
                deleted.add(image.id());
            }
        }
        try {
            Collected collected = collector.collect(Partial.REMOVE);
            deleted.addAll(collected.layers());
            events.publish(Action.PRUNE, null, "");
            return new Removed(untagged, deleted, collected.bytes());
        } catch (IOException e) {
            throw Failures.of("remove the files of pruned images", e);
        }
    }

    private static boolean fits(Image image, PruneOrder order) {
        Map<String, String> labels = image.config().defaults().labels();
        return order.until().map(until -> image.pulled().isBefore(until)).orElse(true)
                && order.labels().stream().allMatch(label -> label.matches(labels))
                && order.notLabels().stream().noneMatch(label -> label.matches(labels));
    }

    /** Whether an image, as it is now, is unused. */
    private boolean mayGo(Image image, PruneOrder order) {
        return (order.all() || image.repoTags().isEmpty())
                && !image.pinned()
                && !rootfs.users().containsKey(image.id());
    }

    private List<ContainerUse> containers() {
        List<ContainerUse> containers = new ArrayList<>();
        for (String id : rootfs.list().stream().sorted().toList()) {
            Optional<FsUsage> usage = rootfs.usage(id);
            rootfs.row(id)
                    .ifPresent(
                            row ->
                                    usage.ifPresent(
                                            used ->
                                                    containers.add(
                                                            new ContainerUse(
                                                                    id, row.image(), used))));
        }
        return containers;
    }

    /** Volumes go with their containers. */
    private Totals volumes(Predicate<String> running) {
        long count = 0;
        long active = 0;
        long bytes = 0;
        long reclaimable = 0;
        for (String id : rootfs.list()) {
            for (long each : rootfs.volumeBytes(id)) {
                count++;
                bytes += each;
                active += running.test(id) ? 1 : 0;
                reclaimable += running.test(id) ? 0 : each;
            }
        }
        return new Totals(count, active, bytes, reclaimable);
    }

    private static Totals totals(List<ContainerUse> containers, Predicate<String> running) {
        long active = containers.stream().filter(each -> running.test(each.id())).count();
        long bytes = containers.stream().mapToLong(each -> each.usage().usedBytes()).sum();
        long reclaimable =
                containers.stream()
                        .filter(each -> !running.test(each.id()))
                        .mapToLong(each -> each.usage().usedBytes())
                        .sum();
        return new Totals(containers.size(), active, bytes, reclaimable);
    }
}
