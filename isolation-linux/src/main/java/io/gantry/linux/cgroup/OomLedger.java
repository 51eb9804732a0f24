package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills for want of memory in scopes, which systemd removes with their counts the moment that the
 * last process ends. The slice around them counts on: what it has more than its scopes, and than
 * those that are gone had, was in the one that has just gone. All of this is kept in a file, for
 * the kills that are while no daemon is there. Thread-safe.
 */
final class OomLedger {

    private static final String EVENTS = "memory.events";
    private static final String KILLS = "oom_kill";

    private static final Logger log = LoggerFactory.getLogger(OomLedger.class);

    private final CgroupTree tree;
    private final Path file;

    /** What is not of scopes that are known, by the path of the slice. */
    private final Map<String, Long> settled = new HashMap<>();

    private final Set<CgroupPath> known = new HashSet<>();

    /** Of scopes that are known and were seen with some, or are gone. */
    private final Map<CgroupPath, Long> seen = new HashMap<>();

    /**
     * One that goes on with what the file says of slices that are there.
     *
     * @param file in a directory that a reboot clears; the parent need not be there yet
     */
    OomLedger(CgroupTree tree, Path file) {
        this.tree = tree;
        this.file = file;
        load();
    }

    private void load() {
        try {
            OomRecord before = OomRecord.read(file);
            before.settled().forEach(this::loadSlice);
            before.scopes().forEach(this::loadScope);
        } catch (IOException e) {
            // Then the kills meanwhile are nobody's, as those before.
            log.atWarn().setCause(e).log("what was known of kills for want of memory is lost");
        }
    }

    private void loadSlice(String slice, long kills) {
        if (Files.isDirectory(directory(slice))) {
            settled.put(slice, kills);
        }
    }

    private void loadScope(CgroupPath scope, Optional<Long> kills) {
        if (settled.containsKey(scope.parent())) {
            known.add(scope);
            kills.ifPresent(count -> seen.put(scope, count));
        }
    }

    private void save() throws IOException {
        Map<CgroupPath, Optional<Long>> scopes = new HashMap<>();
        known.forEach(scope -> scopes.put(scope, Optional.ofNullable(seen.get(scope))));
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        new OomRecord(settled, scopes).write(file);
    }

    /** Takes note of a scope that is there, before there can be kills that nobody accounts for. */
    synchronized void open(CgroupPath scope) throws IOException {
        if (known.add(scope)) {
            String slice = scope.parent();
            if (!settled.containsKey(slice)) {
                settled.put(slice, total(slice) - living(slice));
            }
            save();
        }
    }

    /** The kills in a scope, there or gone. */
    synchronized long kills(CgroupPath scope) throws IOException {
        long now = CgroupFiles.keyed(tree.directory(scope).resolve(EVENTS), KILLS);
        if (now == 0 && known.contains(scope) && !tree.exists(scope) && !seen.containsKey(scope)) {
            now = unexplained(scope.parent());
        }
        long most = Math.max(now, seen.getOrDefault(scope, 0L));
        if (known.contains(scope) && !Long.valueOf(most).equals(seen.put(scope, most))) {
            save();
        }
        return most;
    }

    /** Forgets a scope that is to be removed. */
    synchronized void close(CgroupPath scope) throws IOException {
        if (known.contains(scope)) {
            long kills = kills(scope);
            known.remove(scope);
            seen.remove(scope);
            settled.merge(scope.parent(), kills, Long::sum);
            if (known.stream().noneMatch(other -> other.parent().equals(scope.parent()))) {
                settled.remove(scope.parent());
            }
            save();
        }
    }

    private long unexplained(String slice) throws IOException {
        long gone = 0;
        for (Map.Entry<CgroupPath, Long> entry : seen.entrySet()) {
            if (entry.getKey().parent().equals(slice) && !tree.exists(entry.getKey())) {
                gone += entry.getValue();
            }
        }
        long explained = living(slice) + gone + settled.getOrDefault(slice, 0L);
        return Math.max(0, total(slice) - explained);
    }

    private long total(String slice) throws IOException {
        return CgroupFiles.keyed(directory(slice).resolve(EVENTS), KILLS);
    }

    private long living(String slice) throws IOException {
        long sum = 0;
        if (!Files.isDirectory(directory(slice))) {
            return 0;
        }
        for (String child : tree.children(new CgroupPath(slice))) {
            sum += CgroupFiles.keyed(directory(slice).resolve(child).resolve(EVENTS), KILLS);
        }
        return sum;
    }

    private Path directory(String slice) {
        return tree.directory(new CgroupPath(slice));
    }
}
