package io.gantry.image.build.engine;

import io.gantry.base.KeyedLocks;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.remote.GitAddress;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The contexts of one build that are elsewhere, each fetched once. Thread-safe. */
final class RemoteContexts {

    private static final int MAX_DOCKERFILE = 4 << 20;
    private static final List<String> USUAL = List.of("Dockerfile", "dockerfile");

    private final KeyedLocks<String> fetching = new KeyedLocks<>();
    private final Map<String, Fetched> fetched = new ConcurrentHashMap<>();

    /**
     * A context.
     *
     * @param file name of the only file, when it is one that is no archive
     */
    private record Fetched(Stack tree, Optional<String> file) {}

    /** The files of a context. */
    Stack tree(BuildRun run, NamedContext.Remote context) throws IOException {
        return fetch(run, context).tree;
    }

    /**
     * The Dockerfile that a build has in its own context.
     *
     * @throws NotFoundException when it has none of that name
     */
    BuildRequest.File dockerfile(BuildRun run, NamedContext.Remote context) throws IOException {
        BuildRequest.File wanted = run.request().file();
        Fetched here = fetch(run, context);
        Syscalls kernel = run.tools().kernel();
        try (SourceTree tree =
                new StackTree(kernel, run.tools().snapshotter().stack(here.tree.layers()))) {
            List<String> names = USUAL.contains(wanted.name()) ? USUAL : List.of(wanted.name());
            for (String name : here.file.map(List::of).orElse(names)) {
                Optional<Node> node = tree.find(Paths.ofText(Paths.clean(name)), true);
                if (node.isPresent() && node.get().isRegular()) {
                    return new BuildRequest.File(name, text(kernel, tree, node.get(), name));
                }
            }
        }
        throw new NotFoundException(
                "failed to read dockerfile: " + context.address() + " has no " + wanted.name());
    }

    private Fetched fetch(BuildRun run, NamedContext.Remote context) throws IOException {
        try (KeyedLocks.Held _ = fetching.lock(context.address(), run.deadline())) {
            Fetched known = fetched.get(context.address());
            if (known == null) {
                known = fetch(run, context.address());
                fetched.put(context.address(), known);
            }
            return known;
        }
    }

    private static Fetched fetch(BuildRun run, String address) throws IOException {
        RemoteSource source =
                RemoteSource.parse(address)
                        .orElseThrow(
                                () ->
                                        new InvalidArgumentException(
                                                "'" + address + "' is no address of a context"));
        RemoteLayers layers = new RemoteLayers(run, !run.request().cache().noCache());
        return switch (source) {
            case RemoteSource.Git git -> {
                String shown = "load git source " + git.address().shown();
                boolean keeps =
                        git.address().keepsGit().isEmpty()
                                && new BuildArguments(run.request().arguments())
                                        .isOn("BUILDKIT_CONTEXT_KEEP_GIT_DIR");
                GitAddress whole = keeps ? git.address().keepingGit() : git.address();
                yield shown(run, shown, () -> new Fetched(layers.tree(whole), Optional.empty()));
            }
            case RemoteSource.Web web -> {
                String shown = "load remote build context " + web.url().getHost();
                yield shown(run, shown, () -> file(layers, web));
            }
        };
    }

    private static Fetched file(RemoteLayers layers, RemoteSource.Web web) throws IOException {
        RemoteLayers.WebFile file = layers.context(web);
        return layers.unpacked(file)
                .map(it -> new Fetched(it, Optional.empty()))
                .orElseGet(() -> new Fetched(file.tree(), Optional.of(file.name())));
    }

    /** Fetches a context. */
    @FunctionalInterface
    private interface Fetch {
        Fetched run() throws IOException;
    }

    private static Fetched shown(BuildRun run, String what, Fetch fetch) throws IOException {
        Vertex vertex = run.vertices().start("[internal] " + what, Optional.empty());
        boolean done = false;
        try {
            Fetched fetched = fetch.run();
            vertex.completed();
            done = true;
            return fetched;
        } finally {
            if (!done) {
                vertex.failed("cannot " + what, "");
            }
        }
    }

    private static String text(Syscalls kernel, SourceTree tree, Node file, String name)
            throws IOException {
        byte[] bytes = SmallFile.read(kernel, tree, file, MAX_DOCKERFILE);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new InvalidArgumentException(
                    "failed to read dockerfile: " + name + " is not UTF-8", e);
        }
    }
}
