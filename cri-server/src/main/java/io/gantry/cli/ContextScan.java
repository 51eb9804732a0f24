package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.proto.build.Entry;
import io.grpc.StatusException;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The entries of a directory that an ignore file leaves, each after its directory. A directory that
 * is left out is there still when something in it is not.
 */
final class ContextScan {

    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFLNK = 0120000;
    private static final String ATTRIBUTES = "unix:mode,size,lastModifiedTime,ctime,ino,rdev";

    /** The coarsest that clocks of file systems tick. */
    private static final Duration TICK = Duration.ofMillis(20);

    private final IgnoreRules rules;
    private final Lister lister;
    private final Instant settled;

    /** Directories on the way that are left out so far: something in them may not be. */
    private final Deque<Entry> unlisted = new ArrayDeque<>();

    private ContextScan(IgnoreRules rules, Lister lister, Instant now) {
        this.rules = rules;
        this.lister = lister;
        this.settled = now.minus(TICK);
    }

    /** Is told each entry as it is found, after its directory. */
    @FunctionalInterface
    interface Lister {
        void list(Entry entry) throws IOException, InterruptedException, StatusException;
    }

    /**
     * Scans.
     *
     * @throws IOException naming what cannot be read
     */
    static void of(Path root, IgnoreRules rules, Lister lister)
            throws IOException, InterruptedException, StatusException {
        new ContextScan(rules, lister, Clock.SYSTEM.now()).directory(root, "");
    }

    private void directory(Path directory, String path)
            throws IOException, InterruptedException, StatusException {
        boolean opened = false;
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            opened = true;
            for (Path child : children) {
                String name = text(child.getFileName());
                child(child, path.isEmpty() ? name : path + "/" + name);
            }
        } catch (DirectoryIteratorException e) {
            throw unreadable(directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            if (opened) {
                throw e;
            }
            boolean leftOut = !path.isEmpty() && !rules.isEmpty() && rules.ignores(path);
            if (!leftOut) {
                throw unreadable(directory, e);
            }
        }
    }

    private void child(Path file, String path)
            throws IOException, InterruptedException, StatusException {
        boolean ignored = !rules.isEmpty() && rules.ignores(path);
        Map<String, Object> read;
        try {
            read = Files.readAttributes(file, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            if (ignored) {
                return;
            }
            throw unreadable(file, e);
        }
        int type = (Integer) of(read, "mode") & S_IFMT;
        if (type == S_IFDIR) {
            if (!rules.isEmpty() && rules.prunes(path)) {
                return;
            }
            Entry entry = entry(file, path, read);
            unlisted.addLast(entry);
            if (!ignored) {
                list();
            }
            directory(file, path);
            unlisted.removeLastOccurrence(entry);
        } else if (!ignored && type != S_IFSOCK) {
            list();
            lister.list(entry(file, path, read));
        }
    }

    /** Lists the directories that an entry is in, which were not so far. */
    private void list() throws IOException, InterruptedException, StatusException {
        for (Entry each = unlisted.pollFirst(); each != null; each = unlisted.pollFirst()) {
            lister.list(each);
        }
    }

    private Entry entry(Path file, String path, Map<String, Object> read) throws IOException {
        int mode = (Integer) of(read, "mode");
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
        } else if ((mode & S_IFMT) == S_IFLNK) {
            entry.setLink(text(Files.readSymbolicLink(file)));
        }
        return entry.build();
    }

    private static IOException unreadable(Path file, IOException e) {
        return new IOException("cannot read " + file + ": " + Failures.text(e), e);
    }

    /** A name as it is in UTF-8; what is none cannot be told to a daemon. */
    private static String text(Path name) throws IOException {
        String text = name.toString();
        if (text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
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
