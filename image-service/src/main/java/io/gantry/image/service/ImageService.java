package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.DiskReserve;
import io.gantry.image.build.api.Builder;
import io.gantry.image.build.api.StepRunner;
import io.gantry.image.build.engine.Tools;
import io.gantry.image.content.FileContentStore;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.gc.Leases;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.layer.LayerLimits;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.registry.PushResolver;
import io.gantry.image.registry.Resolver;
import io.gantry.image.snapshot.OverlaySnapshotter;
import io.gantry.image.trust.SignaturePolicy;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The images and root file systems of one state directory, which nobody else may have open. */
public final class ImageService implements AutoCloseable {

    private final ImageTables tables;
    private final OverlaySnapshotter snapshotter;
    private final Verbs verbs;

    /**
     * Where and how.
     *
     * @param root state directory, as /var/lib/gantry
     * @param database SQLite file; others may keep tables of theirs in it
     * @param limits of one layer
     * @param parallelLayers how many layers are received and unpacked at once, over all pulls
     * @param pinned globs over names of images that are reported pinned: see {@code PinnedNames}
     */
    public record Settings(
            Path root, Path database, LayerLimits limits, int parallelLayers, List<String> pinned) {

        public Settings {
            pinned = List.copyOf(pinned);
        }

        /** Without pins. */
        public Settings(Path root, Path database, LayerLimits limits, int parallelLayers) {
            this(root, database, limits, parallelLayers, List.of());
        }

        /** Three layers at once, as containerd has it. */
        public static Settings of(Path root) {
            return new Settings(root, root.resolve("gantry.db"), LayerLimits.defaults(), 3);
        }

        /** The same with images pinned. */
        public Settings pinning(List<String> globs) {
            return new Settings(root, database, limits, parallelLayers, globs);
        }
    }

    /**
     * What it builds on.
     *
     * @param pins says which images others hold
     * @param policy says which images may come from registries
     */
    public record Surroundings(
            Syscalls kernel,
            Resolver resolver,
            Clock clock,
            ImagePins pins,
            SignaturePolicy policy) {

        /** With images from anywhere. */
        public Surroundings(Syscalls kernel, Resolver resolver, Clock clock, ImagePins pins) {
            this(kernel, resolver, clock, pins, SignaturePolicy.NONE);
        }
    }

    /** What is done with images, an object for each side of it. */
    private record Verbs(
            Images images,
            ContainerRootfs rootfs,
            Names names,
            Accounts accounts,
            Inspector inspector,
            Archives archives,
            Changes changes,
            EventLog events,
            StoreCheck check,
            Pushing pushing,
            Builds.With building) {}

    /** What pushes need, once it is known where they go. */
    private record Pushing(PushImage.Sources sources, Leases leases) {}

    private ImageService(ImageTables tables, OverlaySnapshotter snapshotter, Verbs verbs) {
        this.tables = tables;
        this.snapshotter = snapshotter;
        this.verbs = verbs;
    }

    /**
     * Opens a state directory: brings tables up to date, and removes what an earlier run had not
     * finished.
     *
     * @throws io.gantry.image.metadata.MetadataException when the database cannot be used
     */
    public static ImageService open(Settings settings, Surroundings with) throws IOException {
        Files.createDirectories(settings.root);
        DiskReserve.beside(settings.database).prepare();
        OverlaySnapshotter snapshotter = OverlaySnapshotter.open(with.kernel, settings.root);
        FileContentStore content = FileContentStore.open(settings.root.resolve("content"));
        ImageTables tables = ImageTables.open(settings.database);
        try {
            return assemble(settings, with, tables, content, snapshotter);
        } catch (IOException | RuntimeException e) {
            tables.close();
            throw e;
        }
    }

    private static ImageService assemble(
            Settings settings,
            Surroundings with,
            ImageTables tables,
            FileContentStore content,
            OverlaySnapshotter snapshotter)
            throws IOException {
        String boot = ProcFs.SYSTEM.bootId();
        tables.builds().deleteUnsettled(boot);
        new LostFiles(tables, content, snapshotter).forget();
        EventLog events = new EventLog(with.clock);
        Catalog catalog = catalog(settings, with, tables, content, events);
        PullImage.Stores stores = new PullImage.Stores(content, snapshotter, catalog);
        Leases leases = new Leases();
        GarbageCollector collector =
                new GarbageCollector(tables, content, snapshotter, leases, with.clock);
        Images.Collecting collecting = new Images.Collecting(leases, collector, with.clock);
        ContainerRootfs rootfs = new ContainerRootfs(settings.root, tables, stores, collecting);
        rootfs.start();
        collector.collect(Partial.RESUME);
        LayerApplier applier = new LayerApplier(with.kernel, settings.limits);
        LayerUnpacker unpacker =
                new LayerUnpacker(content, snapshotter, applier, settings.parallelLayers);
        ImageUsage usage = new ImageUsage(settings.root, content, snapshotter, with.clock);
        Images images = images(with, stores, unpacker, collecting, usage);
        UseCounter counter = new UseCounter(tables, content, collector, rootfs);
        Verbs verbs =
                new Verbs(
                        images,
                        rootfs,
                        new Names(catalog, rootfs, collector),
                        new Accounts(counter, catalog, rootfs, collector, events),
                        new Inspector(stores, counter),
                        new Archives(settings.root, stores, unpacker, collecting, events),
                        new Changes(stores, rootfs, leases),
                        events,
                        check(with, tables, stores, collecting, applier),
                        new Pushing(PushImage.Sources.of(stores, tables, with, events), leases),
                        new Builds.With(
                                new Builds.Place(settings.root, boot),
                                with.kernel,
                                tables,
                                stores,
                                collecting,
                                applier,
                                unpacker,
                                images));
        return new ImageService(tables, snapshotter, verbs);
    }

    private static StoreCheck check(
            Surroundings with,
            ImageTables tables,
            PullImage.Stores stores,
            Images.Collecting collecting,
            LayerApplier applier) {
        LayerCheck files =
                new LayerCheck(
                        with.kernel,
                        stores.content(),
                        stores.snapshotter(),
                        applier,
                        collecting.leases());
        return new StoreCheck(tables, stores, collecting.collector(), files);
    }

    private static Images images(
            Surroundings with,
            PullImage.Stores stores,
            LayerUnpacker unpacker,
            Images.Collecting collecting,
            ImageUsage usage) {
        Images.Origin origin = new Images.Origin(with.resolver, with.policy);
        return new Images(origin, stores, unpacker, collecting, usage);
    }

    private static Catalog catalog(
            Settings settings,
            Surroundings with,
            ImageTables tables,
            FileContentStore content,
            EventLog events) {
        Catalog.Pinning pinning = new Catalog.Pinning(with.pins, new PinnedNames(settings.pinned));
        Catalog catalog = new Catalog(tables, content, pinning, events);
        catalog.refresh();
        return catalog;
    }

    /** The images. */
    public ImageManager images() {
        return verbs.images;
    }

    /** The root file systems of containers. */
    public RootfsStore rootfs() {
        return verbs.rootfs;
    }

    /** The names of images. */
    public ImageNames names() {
        return verbs.names;
    }

    /** What takes up the disk. */
    public DiskAccounts accounts() {
        return verbs.accounts;
    }

    /** What images are made of. */
    public ImageInspector inspector() {
        return verbs.inspector;
    }

    /** Images in archives. */
    public ImageArchives archives() {
        return verbs.archives;
    }

    /** What containers changed. */
    public ContainerChanges changes() {
        return verbs.changes;
    }

    /** What happens to images. */
    public ImageEvents events() {
        return verbs.events;
    }

    /** Whether the images are what they were. */
    public StoreCheck check() {
        return verbs.check;
    }

    /**
     * A way of images to registries; one is enough, and bounds how much is sent at once.
     *
     * @param registries finds where images are pushed to
     */
    public ImagePusher pusher(PushResolver registries) {
        return new Pushes(verbs.pushing.sources, verbs.pushing.leases, registries);
    }

    /**
     * A builder of images; one is enough, and bounds how many steps are executed at once.
     *
     * @param runner executes commands
     * @param registries finds where caches come from and go to
     */
    public <R extends Resolver & PushResolver> Builder builder(StepRunner runner, R registries) {
        return new Builds(verbs.building, runner, new Tools.Registries(registries, registries));
    }

    /** Closes the database; files that are not deleted yet are by the next start. */
    @Override
    public void close() {
        snapshotter.close();
        tables.close();
    }
}
