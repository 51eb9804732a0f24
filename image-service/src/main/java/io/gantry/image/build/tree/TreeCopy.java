package io.gantry.image.build.tree;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.dockerfile.FileModes;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Copies what COPY and ADD picked into a layer. Used by one thread, once. */
public final class TreeCopy {

    private final Syscalls kernel;
    private final SourceTree tree;
    private final LayerDraft draft;
    private final Changes changes;
    private final FileContent bytes;
    private final Optional<Handover> handover;
    private final Map<Long, String> linked = new HashMap<>();
    private final Deque<Left> left = new ArrayDeque<>();

    /**
     * What a copy changes of its source.
     *
     * @param owner of everything; empty: as in the source
     * @param modes what becomes of modes; empty: as in the source
     * @param excludes rules for paths relative to what was picked
     * @param above of directories that have to be made above the destination
     */
    public record Changes(
            Optional<Owner> owner, Optional<FileModes> modes, IgnoreRules excludes, Making above) {

        /** Ids. */
        public record Owner(int uid, int gid) {}
    }

    /** A directory that is not made yet. */
    private record Left(Node source, String target) {}

    public TreeCopy(Syscalls kernel, SourceTree tree, LayerDraft draft, Changes changes) {
        this(kernel, tree, draft, changes, Optional.empty());
    }

    /** A copy that may take files themselves. */
    public TreeCopy(
            Syscalls kernel,
            SourceTree tree,
            LayerDraft draft,
            Changes changes,
            Optional<Handover> handover) {
        this.kernel = kernel;
        this.tree = tree;
        this.draft = draft;
        this.changes = changes;
        this.bytes = new FileContent(kernel);
        this.handover = handover;
    }

    /**
     * Copies.
     *
     * @param destination from the root; a slash at its end says that it is a directory
     * @throws FailedPreconditionException naming what is in the way
     */
    public void run(List<Picked> picked, String destination) throws IOException {
        boolean into = Paths.isDirectory(destination);
        String to = draft.locate(destination);
        if (picked.size() > 1 && !into) {
            throw new FailedPreconditionException(
                    "with more than one source file, the destination must be a directory and end"
                            + " with a /");
        }
        for (Picked each : picked) {
            String target =
                    each.directory().isEmpty() ? to : draft.locate(to + "/" + each.directory());
            above(each, to);
            if (each.node().isDirectory()) {
                // By its content: what it is itself counts only where directories are kept.
                if (each.directory().isEmpty()) {
                    draft.directory(target, changes.above);
                }
                directory(each.node(), target, "");
            } else {
                boolean inDirectory = into || !each.directory().isEmpty() || isDirectory(target);
                if (!Exclusion.excludes(changes.excludes, each.name())) {
                    String path = inDirectory ? Paths.join(target, each.name()) : target;
                    other(each.node(), path);
                }
            }
        }
    }

    private boolean isDirectory(String path) throws IOException {
        return draft.status(path).map(FileStatus::isDirectory).orElse(false);
    }

    /** The directories of a source that the destination is to have too, as they are there. */
    private void above(Picked each, String to) throws IOException {
        String kept = Paths.join(each.directory(), each.name());
        if (each.directory().isEmpty() || !each.node().path().endsWith(kept)) {
            return;
        }
        String start = each.node().path().substring(0, each.node().path().length() - kept.length());
        String directory = each.directory();
        for (int slash = directory.indexOf('/');
                slash >= 0;
                slash = directory.indexOf('/', slash + 1)) {
            like(start, directory.substring(0, slash), to);
        }
        if (!each.name().isEmpty()) {
            like(start, directory, to);
        }
    }

    private void like(String start, String directory, String to) throws IOException {
        Optional<Node> source = tree.find(start + directory, false).filter(Node::isDirectory);
        if (source.isPresent()) {
            draft.directoryLike(
                    draft.locate(Paths.join(to, directory)),
                    changed(source.get()),
                    tree.attributes(source.get()),
                    changes.above);
        }
    }

    private void directory(Node source, String target, String relative) throws IOException {
        Left here = new Left(source, target);
        left.addLast(here);
        if (relative.isEmpty() || !Exclusion.excludes(changes.excludes, relative)) {
            enter();
        }
        children(source, target, relative);
        left.removeLastOccurrence(here);
    }

    /** Makes the directories on the way that were left out so far: something in them is not. */
    private void enter() throws IOException {
        for (Left each = left.pollFirst(); each != null; each = left.pollFirst()) {
            Node source = each.source;
            SortedMap<String, byte[]> attributes = tree.attributes(source);
            draft.directoryLike(each.target, changed(source), attributes, changes.above);
        }
    }

    private void children(Node source, String target, String relative) throws IOException {
        for (Node child : tree.children(source)) {
            String path = Paths.join(relative, child.name());
            if (Exclusion.prunes(changes.excludes, path, child.isDirectory())) {
                continue;
            }
            String to = Paths.join(target, child.name());
            if (child.isDirectory()) {
                directory(child, to, path);
            } else {
                other(child, to);
            }
        }
    }

    private void other(Node source, String target) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException("copying was interrupted");
        }
        enter();
        Node like = changed(source);
        String first = source.links() > 1 ? linked.get(source.inode()) : null;
        if (first != null) {
            draft.link(target, first, changes.above);
            return;
        }
        switch (source.type()) {
            case FileStatus.S_IFREG -> file(source, like, target);
            // Nobody listens on a socket that is a copy.
            case FileStatus.S_IFSOCK -> draft.file(target, like, none(), changes.above, fd -> {});
            default -> draft.special(target, like, changes.above);
        }
        if (source.links() > 1) {
            linked.put(source.inode(), target);
        }
    }

    private static SortedMap<String, byte[]> none() {
        return new TreeMap<>();
    }

    private Node changed(Node source) {
        int permissions = source.mode() & 07777;
        int mode =
                source.isLink()
                        ? permissions
                        : changes.modes
                                .map(it -> it.apply(permissions, source.isDirectory()))
                                .orElse(permissions);
        return new Node(
                source.path(),
                source.type() | mode,
                changes.owner.map(Changes.Owner::uid).orElse(source.uid()),
                changes.owner.map(Changes.Owner::gid).orElse(source.gid()),
                source.size(),
                source.modified(),
                source.link(),
                source.rdev(),
                source.links(),
                source.inode());
    }

    private void file(Node source, Node like, String target) throws IOException {
        Optional<Handover> from = handover.filter(it -> it.isPossible(source));
        if (from.isPresent()
                && draft.adopt(
                        target, changes.above, in -> from.get().give(source, like, in, target))) {
            return;
        }
        draft.file(target, like, tree.attributes(source), changes.above, fd -> content(source, fd));
    }

    private void content(Node source, int out) throws IOException {
        int in = tree.open(source);
        try {
            bytes.copy(in, out);
        } finally {
            kernel.close(in);
        }
    }
}
