package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.Entry;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The entries of a directory that an ignore file leaves, each after its directory. A directory that
 * is left out is there still when something in it is not.
 */
final class ContextScan {

    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;
    private static final int S_IFREG = 0100000;
    private static final String ATTRIBUTES = "unix:mode,size,lastModifiedTime,ctime,ino,rdev";

    /** The coarsest that clocks of file systems tick. */
    private static final Duration TICK = Duration.ofMillis(20);

    private final Path root;
    private final IgnoreRules rules;
    private final Instant settled;
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> listed = new HashSet<>();

    private ContextScan(Path root, IgnoreRules rules, Instant now) {
        this.root = root;
        this.rules = rules;
        this.settled = now.minus(TICK);
    }

    /**
     * Scans.
     *
     * @throws IOException naming what cannot be read
     */
    static List<Entry> of(Path root, IgnoreRules rules) throws IOException {
        ContextScan scan = new ContextScan(root, rules, Clock.SYSTEM.now());
        Files.walkFileTree(root, scan.new Visitor());
        return scan.entries;
    }

    private final class Visitor extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
            if (directory.equals(root)) {
                return FileVisitResult.CONTINUE;
            }
            String path = relative(directory);
            if (!rules.isEmpty() && rules.prunes(path)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            if (rules.isEmpty() || !rules.ignores(path)) {
                list(directory, path);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            String path = relative(file);
            if (rules.isEmpty() || !rules.ignores(path)) {
                list(file, path);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            String path = relative(file);
            if (!rules.isEmpty() && rules.ignores(path)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            throw new IOException("cannot read " + file + ": " + Failures.text(failure), failure);
        }
    }

    /** Lists an entry behind the directories that it is in. */
    private void list(Path file, String path) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        Path parent = file.getParent();
        while (parent != null && !parent.equals(root) && !listed.contains(relative(parent))) {
            missing.push(parent);
            parent = parent.getParent();
        }
        for (Path each : missing) {
            add(each, relative(each));
        }
        add(file, path);
    }

    private void add(Path file, String path) throws IOException {
        Map<String, Object> read =
                Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) of(read, "mode");
        if ((mode & S_IFMT) == S_IFSOCK) {
            return;
        }
        FileTime changed = (FileTime) of(read, "ctime");
        Entry.Builder entry =
                Entry.newBuilder()
                        .setPath(path)
                        .setMode(mode)
                        .setModifiedAt(nanos((FileTime) of(read, "lastModifiedTime")))
                        .setChangedAt(nanos(changed))
                        .setInode((Long) of(read, "ino"))
                        .setRdev((Long) of(read, "rdev"))
                        .setUnsettled(changed.toInstant().isAfter(settled));
        if ((mode & S_IFMT) == S_IFREG) {
            entry.setSize((Long) of(read, "size"));
        } else if (Files.isSymbolicLink(file)) {
            entry.setLink(text(Files.readSymbolicLink(file)));
        }
        listed.add(path);
        entries.add(entry.build());
    }

    private String relative(Path file) throws IOException {
        return text(root.relativize(file));
    }

    /** A name as it is in UTF-8; what is none cannot be told to a daemon. */
    private static String text(Path name) throws IOException {
        String text = name.toString();
        try {
            StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IOException("the name \"" + text + "\" is not UTF-8", e);
        }
        if (text.indexOf('\ufffd') >= 0) {
            throw new IOException("the name \"" + text + "\" is not UTF-8");
        }
        return text;
    }

    private static long nanos(FileTime time) {
        return time.to(TimeUnit.NANOSECONDS);
    }

    private static Object of(Map<String, Object> read, String attribute) {
        return Objects.requireNonNull(read.get(attribute), attribute);
    }
}
