package io.gantry.image.build.engine;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_EXCL;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.base.Ids;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.build.tree.ContextTree;
import io.gantry.image.build.tree.FileContent;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A context as a directory with all that belongs there, for who cannot take files one by one: what
 * has become a file of a layer, or is about to and was altered for it, is copied back.
 */
final class ContextDirectory {

    private static final int NEW_FILE = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC;

    private final Syscalls kernel;
    private final ContextTree tree;
    private final BuildContext context;
    private final FileContent bytes;

    private ContextDirectory(Syscalls kernel, ContextTree tree, BuildContext context) {
        this.kernel = kernel;
        this.tree = tree;
        this.context = context;
        this.bytes = new FileContent(kernel);
    }

    /**
     * The directory of a context.
     *
     * @param top what has to be there, with all below it; empty: everything
     */
    static Path whole(BuildRun run, BuildContext context, String top) throws IOException {
        if (misses(context, top)) {
            context.complete();
        }
        if (context.moves().isPresent()) {
            Syscalls kernel = run.tools().kernel();
            try (ContextTree tree =
                    new ContextTree(kernel, context, run.tools().snapshotter()::files)) {
                new ContextDirectory(kernel, tree, context).fill(context.moves().get(), top);
            }
        }
        return context.directory();
    }

    private static boolean misses(BuildContext context, String top) {
        return context.entries().entrySet().stream()
                .anyMatch(
                        each ->
                                each.getValue().isFile()
                                        && each.getValue().content().isEmpty()
                                        && isIn(top, Paths.ofText(each.getKey())));
    }

    private static boolean isIn(String top, String path) {
        return top.isEmpty() || path.equals(top) || path.startsWith(top + "/");
    }

    private void fill(ContextMoves moves, String top) throws IOException {
        Set<String> altered = moves.seal();
        for (String name : context.entries().keySet()) {
            String path = Paths.ofText(name);
            boolean isElse = altered.contains(name) || moves.find(name).isPresent();
            if (isElse && isIn(top, path)) {
                bringBack(tree.find(path, false).orElseThrow());
                moves.returned(name);
            }
        }
    }

    /** Beside the directory first: a link that is there still is one of the layer's file. */
    private void bringBack(Node file) throws IOException {
        Path fresh = context.directory().resolveSibling("returning-" + Ids.random());
        CString name = CString.of(fresh.toString());
        try {
            int in = tree.open(file);
            try {
                int out = kernel.openat(AT_FDCWD, name, NEW_FILE, 0600);
                try {
                    bytes.copy(in, out);
                    kernel.fchmod(out, file.mode() & 07777);
                    kernel.futimens(out, file.modified(), file.modified());
                } finally {
                    kernel.close(out);
                }
            } finally {
                kernel.close(in);
            }
            CString place = CString.of(context.directory() + "/" + Paths.display(file.path()));
            kernel.renameat2(AT_FDCWD, name, AT_FDCWD, place, 0);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
