package io.gantry.image.service;

import io.gantry.image.build.api.BuildContext;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A directory as it is, read as a whole. */
record ScannedContext(Path directory, SortedMap<String, BuildContext.Entry> entries)
        implements BuildContext {

    static ScannedContext of(Path directory) throws IOException {
        SortedMap<String, BuildContext.Entry> entries = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.filter(each -> !each.equals(directory))
                    .forEach(
                            each ->
                                    entries.put(
                                            directory.relativize(each).toString(), entry(each)));
        }
        return new ScannedContext(directory, entries);
    }

    private static BuildContext.Entry entry(Path path) {
        try {
            Map<String, Object> read =
                    Files.readAttributes(
                            path,
                            "unix:mode,size,lastModifiedTime,rdev",
                            LinkOption.NOFOLLOW_LINKS);
            boolean link = Files.isSymbolicLink(path);
            boolean file = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
            return new BuildContext.Entry(
                    (Integer) of(read, "mode"),
                    (Long) of(read, "size"),
                    ((FileTime) of(read, "lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                    link ? Optional.of(Files.readSymbolicLink(path).toString()) : Optional.empty(),
                    (Long) of(read, "rdev"),
                    file ? Optional.of(Digest.sha256(Files.readAllBytes(path))) : Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object of(Map<String, Object> read, String attribute) {
        return Objects.requireNonNull(read.get(attribute), attribute);
    }
}
