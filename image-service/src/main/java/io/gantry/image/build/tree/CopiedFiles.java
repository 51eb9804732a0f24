package io.gantry.image.build.tree;

import io.gantry.image.build.ignore.IgnoreRules;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The regular files among what is copied. */
public final class CopiedFiles {

    private CopiedFiles() {}

    /**
     * Their paths in the tree that they are copied from.
     *
     * @param excludes rules for paths relative to what was picked
     */
    public static Set<String> of(SourceTree tree, List<Picked> picked, IgnoreRules excludes)
            throws IOException {
        Set<String> files = new HashSet<>();
        for (Picked each : picked) {
            add(tree, each.node(), excludes, files);
        }
        return files;
    }

    private static void add(SourceTree tree, Node top, IgnoreRules excludes, Set<String> files)
            throws IOException {
        record Place(Node node, String relative) {}
        Deque<Place> left = new ArrayDeque<>();
        left.add(new Place(top, ""));
        while (!left.isEmpty()) {
            Place at = left.removeLast();
            if (at.node.isRegular()) {
                files.add(at.node.path());
            } else if (at.node.isDirectory()) {
                for (Node child : tree.children(at.node)) {
                    String path = Paths.join(at.relative, child.name());
                    if (!Exclusion.prunes(excludes, path, child.isDirectory())) {
                        left.add(new Place(child, path));
                    }
                }
            }
        }
    }
}
