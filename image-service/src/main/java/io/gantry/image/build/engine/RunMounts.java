package io.gantry.image.build.engine;

import io.gantry.base.Ids;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.StepMount;
import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.build.engine.Sources.Place;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.TreeHash;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The mounts of one RUN. Used by one thread, once. */
final class RunMounts {

    private final BuildRun run;
    private final Sources sources;
    private final List<Mount> mounts;
    private final String workdir;
    private final String namespace;

    /**
     * A mount and where its files are.
     *
     * @param place of a bind mount, or of the first content of a cache
     */
    record Mount(RunMount mount, Optional<Place> place) {}

    /**
     * Mounts.
     *
     * @param namespace of the ids of caches; may be empty
     */
    RunMounts(BuildRun run, Sources sources, List<Mount> mounts, String workdir, String namespace) {
        this.run = run;
        this.sources = sources;
        this.mounts = List.copyOf(mounts);
        this.workdir = workdir;
        this.namespace = namespace;
    }

    /** What keys depend on without files being read. */
    void addDefinition(StepKey key) {
        for (Mount each : mounts) {
            describe(each, key);
            if (each.mount instanceof RunMount.Bind) {
                Place place = each.place.orElseThrow();
                Sources.identity(place).ifPresentOrElse(key::add, () -> key.add(run.id()));
            }
        }
    }

    /** What keys depend on, with the files that are mounted by what is in them. */
    void addContent(StepKey key) throws IOException {
        for (Mount each : mounts) {
            describe(each, key);
            if (each.mount instanceof RunMount.Bind bind) {
                try (SourceTree tree = sources.open(each.place.orElseThrow())) {
                    Node node = node(tree, bind.source());
                    key.add(
                            TreeHash.of(
                                    tree, List.of(new Picked(node, "", "")), IgnoreRules.none()));
                }
            }
        }
    }

    /** Contents of caches, secrets and agents are no part of a key, nor how caches are shared. */
    private void describe(Mount each, StepKey key) {
        key.add(each.mount.getClass().getSimpleName());
        switch (each.mount) {
            case RunMount.Bind it ->
                    key.add(it.source()).add(target(it.target())).add(it.readOnly());
            case RunMount.Cache it -> key.add(target(it.target())).add(it.readOnly());
            case RunMount.Tmpfs it -> key.add(target(it.target()));
            case RunMount.Secret it -> key.add(it.target()).add(it.env());
            case RunMount.Ssh it -> key.add(it.target());
        }
    }

    private Node node(SourceTree tree, String source) throws IOException {
        String path = Paths.clean(Paths.ofText(source));
        return tree.find(path, true)
                .orElseThrow(
                        () -> new NotFoundException("\"/" + Paths.display(path) + "\": not found"));
    }

    /** The mounts while a command runs. */
    final class Prepared implements AutoCloseable {

        private final List<StepMount> all = new ArrayList<>();
        private final Map<String, Boolean> targets = new LinkedHashMap<>();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<CacheMounts.Held> caches = new ArrayList<>();
        private final List<String> snapshots = new ArrayList<>();

        /** Whether each target is a directory. */
        Map<String, Boolean> targets() {
            return targets;
        }

        /** Variables from secrets. */
        Map<String, String> environment() {
            return environment;
        }

        /** The mounts at the places of their targets. */
        List<StepMount> at(Map<String, String> places) {
            return all.stream()
                    .map(it -> moved(it, places.getOrDefault(it.target(), it.target())))
                    .toList();
        }

        @Override
        public void close() throws IOException {
            caches.forEach(CacheMounts.Held::close);
            for (String key : snapshots) {
                run.tools().snapshotter().remove(key);
            }
        }

        private void add(StepMount mount, boolean directory) {
            all.add(mount);
            targets.put(mount.target(), directory);
        }
    }

    /** Makes everything ready; the caller closes it behind the command. */
    Prepared prepare() throws IOException {
        Prepared prepared = new Prepared();
        boolean done = false;
        try {
            for (Mount each : mounts) {
                prepare(each, prepared);
            }
            done = true;
            return prepared;
        } finally {
            if (!done) {
                prepared.close();
            }
        }
    }

    private void prepare(Mount each, Prepared prepared) throws IOException {
        switch (each.mount) {
            case RunMount.Bind it -> bind(it, each.place.orElseThrow(), prepared);
            case RunMount.Cache it -> cache(it, each.place, prepared);
            case RunMount.Tmpfs it ->
                    prepared.add(new StepMount.Tmpfs(target(it.target()), it.size()), true);
            case RunMount.Secret it -> secret(it, prepared);
            case RunMount.Ssh it -> agent(it, prepared);
        }
    }

    private void bind(RunMount.Bind bind, Place place, Prepared prepared) throws IOException {
        boolean directory;
        String source;
        try (SourceTree tree = sources.open(place)) {
            Node node = node(tree, bind.source());
            directory = node.isDirectory();
            source = "/" + node.path();
        }
        if (place instanceof Place.InContext it) {
            ContextDirectory.whole(run, it.context(), source.substring(1));
        }
        List<SpecMount> tree = bind.readOnly() ? view(place) : writable(place, prepared);
        String target = target(bind.target());
        prepared.add(new StepMount.Tree(tree, source, target, bind.readOnly()), directory);
    }

    private List<SpecMount> view(Place place) throws IOException {
        return switch (place) {
            case Place.InContext it ->
                    List.of(
                            new SpecMount(
                                    "/", "bind", directory(it.context()), List.of("rbind", "ro")));
            case Place.InLayers it -> List.of(run.tools().snapshotter().view(it.stack().layers()));
        };
    }

    /** What a command writes there is thrown away. */
    private List<SpecMount> writable(Place place, Prepared prepared) throws IOException {
        Snapshotter snapshotter = run.tools().snapshotter();
        String key = "bind-" + Ids.random();
        prepared.snapshots.add(key);
        return switch (place) {
            case Place.InLayers it -> snapshotter.prepare(key, it.stack().layers());
            case Place.InContext it -> {
                SpecMount overlay = snapshotter.prepare(key, List.of()).getFirst();
                List<String> options =
                        overlay.options().stream()
                                .map(
                                        each ->
                                                each.startsWith("lowerdir=")
                                                        ? "lowerdir=" + directory(it.context())
                                                        : each)
                                .toList();
                yield List.of(new SpecMount("/", "overlay", "overlay", options));
            }
        };
    }

    private static String directory(BuildContext context) {
        return context.directory().toString();
    }

    private void cache(RunMount.Cache cache, Optional<Place> from, Prepared prepared)
            throws IOException {
        String target = target(cache.target());
        String id = namespace + cache.id().filter(it -> !it.isEmpty()).orElse(target);
        CacheMounts.Held held = run.mounts().take(id, cache, run.deadline());
        prepared.caches.add(held);
        if (held.isNew() && from.isPresent()) {
            new CacheFill(run, sources).fill(held.directory(), from.get(), cache);
        }
        Path directory = held.directory();
        prepared.add(new StepMount.Directory(directory, target, cache.readOnly()), true);
    }

    private void secret(RunMount.Secret secret, Prepared prepared) {
        Optional<byte[]> found = run.inputs().offers().secret(secret.id(), run.deadline());
        if (found.isEmpty()) {
            if (secret.required()) {
                throw new NotFoundException("secret " + secret.id() + ": not found");
            }
            return;
        }
        Content content = Content.of(found.get());
        secret.env()
                .ifPresent(
                        name ->
                                prepared.environment.put(
                                        name, new String(found.get(), StandardCharsets.UTF_8)));
        if (secret.env().isEmpty() || secret.target().isPresent()) {
            RunMount.Owner owner = secret.owner();
            String target =
                    target(
                            secret.target()
                                    .filter(it -> !it.isEmpty())
                                    .orElse("/run/secrets/" + lastOf(secret.id())));
            prepared.add(
                    new StepMount.Secret(content, target, owner.mode(), owner.uid(), owner.gid()),
                    false);
        }
    }

    private void agent(RunMount.Ssh ssh, Prepared prepared) {
        Optional<Path> socket = run.inputs().offers().sshAgent(ssh.id(), run.deadline());
        if (socket.isEmpty()) {
            if (ssh.required()) {
                throw new NotFoundException("ssh agent " + ssh.id() + ": not found");
            }
            return;
        }
        String target =
                ssh.target()
                        .map(this::target)
                        .orElse("/run/buildkit/ssh_agent." + prepared.environment.size());
        RunMount.Owner owner = ssh.owner();
        prepared.environment.putIfAbsent("SSH_AUTH_SOCK", target);
        prepared.add(
                new StepMount.Socket(socket.get(), target, owner.mode(), owner.uid(), owner.gid()),
                false);
    }

    private static String lastOf(String id) {
        return id.substring(id.lastIndexOf('/') + 1);
    }

    private String target(String target) {
        String absolute = target.startsWith("/") ? target : workdir + "/" + target;
        return "/" + Paths.clean(absolute);
    }

    private static StepMount moved(StepMount mount, String to) {
        return switch (mount) {
            case StepMount.Tree it -> new StepMount.Tree(it.tree(), it.source(), to, it.readOnly());
            case StepMount.Directory it ->
                    new StepMount.Directory(it.directory(), to, it.readOnly());
            case StepMount.Tmpfs it -> new StepMount.Tmpfs(to, it.size());
            case StepMount.Secret it ->
                    new StepMount.Secret(it.content(), to, it.mode(), it.uid(), it.gid());
            case StepMount.Socket it ->
                    new StepMount.Socket(it.socket(), to, it.mode(), it.uid(), it.gid());
            case StepMount.Script it -> new StepMount.Script(it.content(), to);
        };
    }
}
