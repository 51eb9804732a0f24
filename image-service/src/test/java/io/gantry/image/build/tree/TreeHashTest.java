package io.gantry.image.build.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Of contexts: their index alone is asked, never the disk. */
class TreeHashTest {

    private final SortedMap<String, BuildContext.Entry> entries = new TreeMap<>();

    private record Context(Path directory, SortedMap<String, Entry> entries)
            implements BuildContext {}

    private static BuildContext.Entry file(int permissions, long modified, String content) {
        return new BuildContext.Entry(
                FileStatus.S_IFREG | permissions,
                content.length(),
                modified,
                Optional.empty(),
                0,
                Optional.of(Digest.sha256(content.getBytes(StandardCharsets.UTF_8))));
    }

    private void directory(String path) {
        entries.put(
                path,
                new BuildContext.Entry(
                        FileStatus.S_IFDIR | 0755, 0, 1, Optional.empty(), 0, Optional.empty()));
    }

    private Digest hash(String... ignored) throws IOException {
        Context context = new Context(Path.of("/nowhere"), new TreeMap<>(entries));
        try (ContextTree tree =
                new ContextTree(Syscalls.system(), context, _ -> Path.of("/nonexistent"))) {
            List<Picked> picked = new Selector(tree, false).pick(List.of("d"));
            return TreeHash.of(tree, picked, IgnoreRules.of(List.of(ignored)));
        }
    }

    /** Enough for what is hashed to be passed on many times. */
    private void many() {
        directory("d");
        for (int i = 0; i < 3_000; i++) {
            entries.put("d/f%04d".formatted(i), file(0644, 1, "content " + i));
        }
    }

    @Test
    void aTimeDoesNotCount() throws IOException {
        many();
        Digest before = hash();
        entries.put("d/f2999", file(0644, 2, "content 2999"));

        assertThat(hash()).isEqualTo(before);
    }

    @Test
    void everythingElseCountsWhereverItIs() throws IOException {
        many();
        Digest before = hash();
        for (String changed : List.of("d/f0000", "d/f1234", "d/f2999")) {
            BuildContext.Entry kept = entries.get(changed);
            entries.put(changed, file(0644, 1, "another"));
            assertThat(hash()).as("content of %s", changed).isNotEqualTo(before);
            entries.put(
                    changed, file(0600, 1, "content " + Integer.parseInt(changed.substring(3))));
            assertThat(hash()).as("mode of %s", changed).isNotEqualTo(before);
            entries.remove(changed);
            assertThat(hash()).as("without %s", changed).isNotEqualTo(before);
            entries.put(changed + "x", kept);
            assertThat(hash()).as("name of %s", changed).isNotEqualTo(before);
            entries.remove(changed + "x");
            entries.put(changed, kept);
        }
        assertThat(hash()).isEqualTo(before);
    }

    @Test
    void whatIsLeftOutDoesNotCount() throws IOException {
        many();
        Digest before = hash("*.log");
        entries.put("d/a.log", file(0644, 1, "log"));

        assertThat(hash("*.log")).isEqualTo(before);
        assertThat(hash()).isNotEqualTo(before);
    }
}
