package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.dockerfile.FileModes;
import io.gantry.image.build.engine.StepStore.Outcome;
import io.gantry.image.build.engine.StepStore.Wanted;
import io.gantry.image.build.export.TimeClamp;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.remote.GitAddress;
import io.gantry.image.build.remote.GitRepositories;
import io.gantry.image.build.remote.GitRepositories.Commit;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.image.build.tree.Making;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.image.build.tree.TreeCopy;
import io.gantry.image.content.Digest;
import io.gantry.image.registry.WebFiles;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Fetches what builds take from elsewhere into layers of their own, which are kept as results of
 * steps are: what is known not to have changed is not fetched again. Used by one thread.
 */
final class RemoteLayers {

    private static final Making ROOT = new Making(0755, 0, 0, new Time(0, 0));

    /** Whatever umask git had. */
    private static final FileModes OF_GIT = FileModes.parse("u=rwX,go=rX");

    private final BuildRun run;
    private final boolean cached;

    /**
     * A way to fetch.
     *
     * @param cached whether what was fetched earlier counts
     */
    RemoteLayers(BuildRun run, boolean cached) {
        this.run = run;
        this.cached = cached;
    }

    /**
     * A file of a web server, as the only one of a layer.
     *
     * @param name of the file there
     * @param checksum of its content, if that is known beforehand
     */
    Stack file(URI url, String name, Optional<Digest> checksum) throws IOException {
        Path staged = run.tools().snapshotter().stage();
        try {
            Download download =
                    new Download(run.tools().web(), url, staged.resolve("file"), run.deadline());
            Wanted wanted =
                    new Wanted(
                            definition(url, name, checksum),
                            () ->
                                    key("web content")
                                            .add(name)
                                            .add(download.fetch(checksum))
                                            .add(download.modified())
                                            .done(),
                            "fetch " + WebFiles.shown(url),
                            cached);
            Stack file =
                    fetched(
                            wanted,
                            layer -> write(layer, staged, "file", name, IgnoreRules.none()));
            if (run.request().image().attest().isAny()) {
                run.materials().file(WebFiles.shown(url), content(file, name));
            }
            return file;
        } finally {
            run.tools().snapshotter().discard(staged);
        }
    }

    /**
     * A file of a web server by the name that it has there, or that it gets.
     *
     * @param tree of which it is the only file
     */
    record WebFile(Stack tree, String name) {}

    /** A file that is a context, or has a context in it. */
    WebFile context(RemoteSource.Web web) throws IOException {
        String name = web.name().isEmpty() ? "context" : web.name();
        return new WebFile(file(web.url(), name, Optional.empty()), name);
    }

    private Digest content(Stack file, String name) throws IOException {
        try (SourceTree tree =
                new StackTree(
                        run.tools().kernel(), run.tools().snapshotter().stack(file.layers()))) {
            return tree.content(tree.find(Paths.ofText(name), false).orElseThrow());
        }
    }

    private Digest definition(URI url, String name, Optional<Digest> checksum) {
        StepKey key = key("web file").add(name);
        if (checksum.isPresent()) {
            return key.add(checksum.get()).done();
        }
        key.add(url);
        if (!cached) {
            return key.add(run.id()).done();
        }
        try {
            Optional<String> tag = run.tools().web().tag(url, run.deadline());
            return tag.isPresent() ? key.add(tag.get()).done() : key.add(run.id()).done();
        } catch (IOException e) {
            throw unreachable(WebFiles.shown(url), e);
        }
    }

    /** A directory of a commit. */
    Stack tree(GitAddress address) throws IOException {
        Path staged = run.tools().snapshotter().stage();
        try {
            GitRepositories git = new GitRepositories(run.inputs().offers(), run.deadline());
            Commit commit = git.resolve(address, staged);
            run.materials().commit(address.shown(), commit.id());
            boolean keepsGit = address.keepsGit().orElse(false);
            Digest key =
                    key("git")
                            .add(address.remote())
                            .add(commit.id())
                            .add(address.directory())
                            .add(keepsGit + " " + address.submodules())
                            .add(address.commitTimes())
                            .done();
            String shown = "fetch " + address.shown() + "#" + commit.id();
            return fetched(
                    new Wanted(key, () -> key, shown, cached),
                    layer -> {
                        git.checkout(address, commit, staged);
                        if (address.commitTimes()) {
                            Time time = new Time(git.time(address, staged), 0);
                            TimeClamp.apply(run.tools().kernel(), staged, time);
                        }
                        IgnoreRules left =
                                keepsGit ? IgnoreRules.none() : IgnoreRules.of(List.of("**/.git"));
                        write(layer, staged, address.directory(), "", left);
                    });
        } finally {
            run.tools().snapshotter().discard(staged);
        }
    }

    /** What is in an archive; empty when the file is none. */
    Optional<Stack> unpacked(WebFile file) throws IOException {
        Syscalls kernel = run.tools().kernel();
        TreeCopy.Changes changes =
                new TreeCopy.Changes(Optional.empty(), Optional.empty(), IgnoreRules.none(), ROOT);
        try (SourceTree tree =
                new StackTree(kernel, run.tools().snapshotter().stack(file.tree.layers()))) {
            Node node = tree.find(Paths.ofText(file.name), false).orElseThrow();
            if (!Archives.isArchive(kernel, tree, node)) {
                return Optional.empty();
            }
            Digest key = key("unpacked").add(file.tree.identity()).done();
            Wanted wanted = new Wanted(key, () -> key, "unpack " + file.name, cached);
            List<Picked> picked = List.of(new Picked(node, node.name(), ""));
            StepStore.Maker maker =
                    layer ->
                            new FileStep(run)
                                    .make(
                                            layer,
                                            List.of(),
                                            draft ->
                                                    new Archives(run, tree, draft, changes)
                                                            .unpack(picked, "/"));
            return Optional.of(fetched(wanted, maker));
        }
    }

    private StepKey key(String kind) {
        return new StepKey(kind).add(run.clamp());
    }

    private Stack fetched(Wanted wanted, StepStore.Maker maker) throws IOException {
        Outcome outcome = run.steps().get(wanted, maker, run.deadline());
        return Stack.EMPTY.plus(outcome.layer());
    }

    /** Makes a layer of something in a staged directory; links are followed in that only. */
    private void write(Digest layer, Path staged, String path, String name, IgnoreRules left)
            throws IOException {
        Syscalls kernel = run.tools().kernel();
        try (SourceTree tree = new StackTree(kernel, LayerStack.of(kernel, staged))) {
            Node node =
                    tree.find(Paths.ofText(path), true)
                            .orElseThrow(
                                    () ->
                                            new FailedPreconditionException(
                                                    "the repository has no directory " + path));
            if (name.isEmpty() && !node.isDirectory()) {
                throw new FailedPreconditionException(path + " is no directory of the repository");
            }
            Optional<FileModes> modes = name.isEmpty() ? Optional.of(OF_GIT) : Optional.empty();
            Optional<TreeCopy.Changes.Owner> owner = Optional.of(new TreeCopy.Changes.Owner(0, 0));
            TreeCopy.Changes changes = new TreeCopy.Changes(owner, modes, left, ROOT);
            List<Picked> picked = List.of(new Picked(node, Paths.ofText(name), ""));
            new FileStep(run)
                    .make(
                            layer,
                            List.of(),
                            draft -> new TreeCopy(kernel, tree, draft, changes).run(picked, "/"));
        }
    }

    static FailedPreconditionException unreachable(String what, IOException e) {
        return new FailedPreconditionException("cannot fetch " + what + ": " + e.getMessage(), e);
    }

    /** What a checksum is in an ADD of a web file. */
    static Digest checksum(String text) {
        try {
            return Digest.parse(text);
        } catch (InvalidArgumentException e) {
            throw new FailedPreconditionException("invalid checksum '" + text + "'", e);
        }
    }
}
