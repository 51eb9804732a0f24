package io.gantry.linux.cgroup;

import io.gantry.base.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an {@link OomLedger} knows, kept in a file, so that the next daemon tells the kills that
 * were while none was there from those before. A line is {@code slice SETTLED PATH} or {@code scope
 * KILLS PATH}, KILLS being {@code -} where none were seen.
 *
 * @param settled by the path of the slice
 * @param scopes those that are known, with what was seen of them
 */
record OomRecord(Map<String, Long> settled, Map<CgroupPath, Optional<Long>> scopes) {

    private static final String SLICE = "slice";
    private static final String SCOPE = "scope";
    private static final String UNSEEN = "-";
    private static final int WORDS = 3;

    OomRecord {
        settled = Map.copyOf(settled);
        scopes = Map.copyOf(scopes);
    }

    /** What a file says; nothing, where there is none. */
    static OomRecord read(Path file) throws IOException {
        Map<String, Long> settled = new HashMap<>();
        Map<CgroupPath, Optional<Long>> scopes = new HashMap<>();
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        for (String line : lines) {
            String[] words = line.split(" ", WORDS);
            try {
                if (words.length == WORDS && words[0].equals(SLICE)) {
                    settled.put(words[2], Long.parseLong(words[1]));
                } else if (words.length == WORDS && words[0].equals(SCOPE)) {
                    scopes.put(
                            new CgroupPath(words[2]),
                            words[1].equals(UNSEEN)
                                    ? Optional.empty()
                                    : Optional.of(Long.parseLong(words[1])));
                } else {
                    throw new IOException(file + " has a line \"" + line + "\"");
                }
            } catch (NumberFormatException e) {
                throw new IOException(file + " has a line \"" + line + "\"", e);
            }
        }
        return new OomRecord(settled, scopes);
    }

    void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        settled.forEach((slice, kills) -> line(text, SLICE, kills.toString(), slice));
        scopes.forEach(
                (scope, kills) ->
                        line(
                                text,
                                SCOPE,
                                kills.map(Object::toString).orElse(UNSEEN),
                                scope.value()));
        AtomicFiles.write(file, text.toString(), "rw-------");
    }

    private static void line(StringBuilder text, String kind, String number, String path) {
        text.append(kind).append(' ').append(number).append(' ').append(path).append('\n');
    }
}
