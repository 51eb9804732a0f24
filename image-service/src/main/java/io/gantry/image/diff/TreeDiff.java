package io.gantry.image.diff;

import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.StackWalk;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.FileStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares two file trees directory by directory. Whiteouts and opaque directories have been
 * applied by the walks already. Used by one thread, once.
 */
public final class TreeDiff {

    private final @Nullable StackWalk before;
    private final StackWalk after;
    private final Rule rule;
    private final List<Change> changes = new ArrayList<>();

    private TreeDiff(@Nullable StackWalk before, StackWalk after, Rule rule) {
        this.before = before;
        this.after = after;
        this.rule = rule;
    }

    /** When something that is in both trees is different. */
    private enum Rule {
        /** When the topmost layer has it: overlayfs copies there what is about to change. */
        ON_TOP {
            @Override
            boolean differs(Found old, Found now) {
                return now.layers().contains(0);
            }

            @Override
            boolean looksInto(Found now) {
                return now.layers().contains(0);
            }
        },
        /** When its attributes are different. */
        BY_ATTRIBUTES {
            @Override
            boolean differs(Found old, Found now) {
                FileStatus a = old.status();
                FileStatus b = now.status();
                boolean same =
                        a.mode() == b.mode()
                                && a.uid() == b.uid()
                                && a.gid() == b.gid()
                                && a.rdev() == b.rdev();
                // A directory's size and time follow from what is in it.
                return !same
                        || (!b.isDirectory()
                                && (a.size() != b.size() || !a.modified().equals(b.modified())));
            }

            @Override
            boolean looksInto(Found now) {
                return true;
            }
        };

        abstract boolean differs(Found old, Found now);

        /** Whether something in a directory that is in both trees may be different. */
        abstract boolean looksInto(Found now);
    }

    /**
     * What a writable layer changes.
     *
     * @param below what it stands on
     * @param merged the layer on top of that
     */
    public static List<Change> ofTop(LayerStack below, LayerStack merged) throws IOException {
        return compare(below, merged, Rule.ON_TOP);
    }

    /** What is different in {@code after}. */
    public static List<Change> between(LayerStack before, LayerStack after) throws IOException {
        return compare(before, after, Rule.BY_ATTRIBUTES);
    }

    private static List<Change> compare(LayerStack before, LayerStack after, Rule rule)
            throws IOException {
        if (before.isEmpty() && after.isEmpty()) {
            return List.of();
        }
        if (after.isEmpty()) {
            return emptied(before);
        }
        try (StackWalk now = after.walk();
                StackWalk old = before.isEmpty() ? null : before.walk()) {
            TreeDiff diff = new TreeDiff(old, now, rule);
            diff.directory(old == null ? null : old.root(), now.root());
            return List.copyOf(diff.changes);
        }
    }

    private static List<Change> emptied(LayerStack before) throws IOException {
        try (StackWalk old = before.walk()) {
            return old.children(old.root()).values().stream()
                    .map(gone -> change(Change.Kind.DELETED, gone))
                    .toList();
        }
    }

    /** Compares what is in a directory that is in both trees. */
    private void directory(@Nullable Found old, Found now) throws IOException {
        SortedMap<String, Found> olds =
                before == null || old == null ? new TreeMap<>() : before.children(old);
        SortedMap<String, Found> nows = after.children(now);
        TreeSet<String> names = new TreeSet<>(olds.keySet());
        names.addAll(nows.keySet());
        for (String name : names) {
            one(olds.get(name), nows.get(name));
        }
    }

    private void one(@Nullable Found old, @Nullable Found now) throws IOException {
        if (now == null) {
            if (old != null) {
                changes.add(change(Change.Kind.DELETED, old));
            }
        } else if (old == null) {
            added(now);
        } else {
            both(old, now);
        }
    }

    private void added(Found now) throws IOException {
        changes.add(change(Change.Kind.ADDED, now));
        if (now.status().isDirectory()) {
            directory(null, now);
        }
    }

    private void both(Found old, Found now) throws IOException {
        int before = changes.size();
        boolean directories = old.status().isDirectory() && now.status().isDirectory();
        if (directories ? rule.looksInto(now) : now.status().isDirectory()) {
            directory(directories ? old : null, now);
        }
        if (changes.size() > before || rule.differs(old, now)) {
            changes.add(before, change(Change.Kind.CHANGED, now));
        }
    }

    private static Change change(Change.Kind kind, Found found) {
        byte[] bytes = found.path().getBytes(StandardCharsets.ISO_8859_1);
        return new Change(kind, "/" + new String(bytes, StandardCharsets.UTF_8));
    }
}
