package io.gantry.image.build.tree;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.ignore.PathPattern;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds what the sources of COPY and ADD name. */
public final class Selector {

    private static final String PIVOT = "/./";

    private final SourceTree tree;
    private final boolean parents;

    /**
     * A selector.
     *
     * @param parents whether directories of sources are kept, and {@code **} means any of them
     */
    public Selector(SourceTree tree, boolean parents) {
        this.tree = tree;
        this.parents = parents;
    }

    /**
     * Finds sources, in order.
     *
     * @param sources as written, variables expanded; byte strings
     * @throws NotFoundException when a plain one is not there, or no pattern matches anything
     */
    public List<Picked> pick(List<String> sources) throws IOException {
        List<Picked> picked = new ArrayList<>();
        for (String source : sources) {
            picked.addAll(pick(source));
        }
        if (picked.isEmpty() && !sources.isEmpty()) {
            throw new NotFoundException(
                    "nothing matches " + Paths.display(String.join(" ", sources)));
        }
        return picked;
    }

    private List<Picked> pick(String source) throws IOException {
        int pivot = parents ? source.indexOf(PIVOT) : -1;
        String start = pivot < 0 ? "" : Paths.clean(source.substring(0, pivot));
        String kept = Paths.clean(pivot < 0 ? source : source.substring(pivot + PIVOT.length()));
        String path = Paths.join(start, kept);
        List<Picked> picked = new ArrayList<>();
        if (isPattern(path)) {
            for (String match : matches(path)) {
                tree.find(match, true).ifPresent(node -> picked.add(picked(node, match, start)));
            }
        } else {
            Node node =
                    tree.find(path, true)
                            .orElseThrow(
                                    () ->
                                            new NotFoundException(
                                                    "\"/" + Paths.display(path) + "\": not found"));
            picked.add(picked(node, path, start));
        }
        return picked;
    }

    private Picked picked(Node node, String path, String start) {
        if (!parents) {
            return new Picked(node, Paths.name(path), "");
        }
        String kept =
                path.substring(start.isEmpty() ? 0 : Math.min(path.length(), start.length() + 1));
        // A directory is copied by its content: it is its own last parent.
        return node.isDirectory()
                ? new Picked(node, "", kept)
                : new Picked(node, Paths.name(kept), Paths.parent(kept));
    }

    private SortedSet<String> matches(String pattern) throws IOException {
        SortedSet<String> matches = new TreeSet<>();
        if (parents && pattern.contains("**")) {
            everything(PathPattern.parse(pattern), matches);
            return matches;
        }
        List<String> reached = List.of("");
        for (String component : pattern.split("/", -1)) {
            List<String> next = new ArrayList<>();
            for (String directory : reached) {
                next.addAll(step(directory, component));
            }
            reached = next;
        }
        matches.addAll(reached);
        return matches;
    }

    private List<String> step(String directory, String component) throws IOException {
        if (!isPattern(component)) {
            String path = Paths.join(directory, component);
            return tree.find(path, false).isPresent() ? List.of(path) : List.of();
        }
        Optional<Node> at = tree.find(directory, true);
        if (at.isEmpty() || !at.get().isDirectory()) {
            return List.of();
        }
        // A component has no slash, so that two stars in it are one.
        PathPattern names = PathPattern.parse(component.replaceAll("\\*+", "*"));
        List<String> found = new ArrayList<>();
        for (Node child : tree.children(at.get())) {
            if (names.matches(child.name())) {
                found.add(Paths.join(directory, child.name()));
            }
        }
        return found;
    }

    private void everything(PathPattern pattern, SortedSet<String> matches) throws IOException {
        List<Node> left = new ArrayList<>();
        tree.find("", true).ifPresent(left::add);
        while (!left.isEmpty()) {
            for (Node child : tree.children(left.removeLast())) {
                if (pattern.matches(child.path())) {
                    matches.add(child.path());
                } else if (child.isDirectory()) {
                    left.add(child);
                }
            }
        }
    }

    private static boolean isPattern(String path) {
        return path.chars().anyMatch(c -> "*?[\\".indexOf(c) >= 0);
    }
}
