package io.gantry.image.build.engine;

import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.build.tree.Making;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The mount points of a command: made where the root file system lacks them, and taken away behind
 * it, so that no layer has them and their directories keep their times. What a command put there in
 * place of one stays. Used by one thread, once.
 */
final class Stubs {

    private final Syscalls kernel;
    private final Path upper;
    private final LayerStack below;
    private final LayerStack merged;
    private final Deque<String> files = new ArrayDeque<>();
    private final Deque<String> directories = new ArrayDeque<>();

    /**
     * Mount points of a command.
     *
     * @param upper where its writes go
     * @param below what is there without them
     */
    Stubs(Syscalls kernel, Path upper, LayerStack below, LayerStack merged) {
        this.kernel = kernel;
        this.upper = upper;
        this.below = below;
        this.merged = merged;
    }

    /**
     * Makes mount points.
     *
     * @param targets whether each is to be a directory
     * @return where the targets are, links followed
     */
    Map<String, String> make(Map<String, Boolean> targets, Time time) throws IOException {
        Map<String, String> places = new LinkedHashMap<>();
        Making making = new Making(0755, 0, 0, time);
        try (LayerDraft draft = new LayerDraft(kernel, upper, merged)) {
            for (Map.Entry<String, Boolean> target : targets.entrySet()) {
                String place = draft.locate(Paths.ofText(target.getKey()));
                places.put(target.getKey(), "/" + place);
                if (!place.isEmpty() && draft.status(place).isEmpty()) {
                    make(draft, place, target.getValue(), making);
                }
            }
            draft.finish();
        }
        return places;
    }

    private void make(LayerDraft draft, String place, boolean directory, Making making)
            throws IOException {
        List<String> missing = new ArrayList<>();
        String at = directory ? place : parent(place);
        while (!at.isEmpty() && draft.status(at).isEmpty()) {
            missing.addFirst(at);
            at = parent(at);
        }
        for (String each : missing) {
            draft.directory(each, making);
            directories.push(each);
        }
        if (!directory) {
            draft.file(
                    place,
                    new Node(place, FileStatus.S_IFREG | 0644, 0, 0, 0, making.time(), "", 0, 1, 0),
                    new TreeMap<>(),
                    making,
                    fd -> {});
            files.push(place);
        }
    }

    /** Takes away what is still as it was made. */
    void remove() throws IOException {
        try (LayerDraft draft = new LayerDraft(kernel, upper, merged)) {
            Map<String, Time> times = new LinkedHashMap<>();
            for (String file : files) {
                note(draft, times, parent(file));
                boolean untouched =
                        draft.status(file)
                                .filter(it -> it.isRegular() && it.size() == 0)
                                .isPresent();
                if (untouched) {
                    draft.remove(file, false);
                }
            }
            for (String directory : directories) {
                note(draft, times, parent(directory));
                if (draft.status(directory).filter(FileStatus::isDirectory).isPresent()) {
                    draft.remove(directory, true);
                    times.remove(directory);
                }
            }
            restore(draft, times);
        }
    }

    private static void note(LayerDraft draft, Map<String, Time> times, String directory)
            throws IOException {
        draft.status(directory).ifPresent(it -> times.putIfAbsent(directory, it.modified()));
    }

    /** A directory that was taken over for a mount point only is no change. */
    private void restore(LayerDraft draft, Map<String, Time> times) throws IOException {
        LayerDraft.Below original = new LayerDraft.Below(below);
        for (Map.Entry<String, Time> each : times.entrySet()) {
            String at = each.getKey();
            draft.touch(at, each.getValue());
            boolean goes = true;
            while (goes && !at.isEmpty() && original.isLike(at, draft)) {
                String parent = parent(at);
                Time time = draft.status(parent).orElseThrow().modified();
                goes = draft.remove(at, true);
                if (goes) {
                    draft.touch(parent, time);
                    at = parent;
                }
            }
        }
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }
}
