package io.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a tar archive that is not a layer, one after the other. Names and link targets are
 * byte strings, one char a byte, and come as they are: what is hostile about them is for the caller
 * to see. Not thread-safe; does not close the stream.
 */
public final class TarFiles {

    private static final int MAX_HEADER = 1 << 20;

    private final TarReader tar;

    /** Reads {@code in}, which is unpacked already. */
    public TarFiles(InputStream in) {
        tar = new TarReader(Pieces.of(in), MAX_HEADER);
    }

    /** What an entry is. */
    public enum Kind {
        FILE,
        DIRECTORY,
        SYMLINK,
        HARD_LINK,
        /** A device, a pipe, or a file with holes. */
        OTHER
    }

    /**
     * An entry.
     *
     * @param target of a link
     * @param size of a file, in bytes
     */
    public record Entry(Kind kind, String name, String target, long size) {

        /** A name or target for people. */
        public static String display(String bytes) {
            return TarEntry.display(bytes);
        }
    }

    /**
     * The next entry; what was left of the last one's content is skipped.
     *
     * @return null at the end, when the stream has been read to its end
     * @throws IOException when the archive is damaged, or the stream fails
     */
    public @Nullable Entry next() throws IOException {
        TarEntry entry = tar.next();
        return entry == null
                ? null
                : new Entry(kind(entry), entry.name(), entry.linkName(), entry.size());
    }

    /** The name of the entry that is being read, for people; empty before the first. */
    public String current() {
        return TarEntry.display(tar.current());
    }

    /** Reads content of the current entry; -1 at its end. */
    public int read(byte[] target) throws IOException {
        ByteBuffer part = tar.content(target.length);
        if (part == null) {
            return -1;
        }
        int count = part.remaining();
        part.get(target, 0, count);
        return count;
    }

    private static Kind kind(TarEntry entry) {
        return switch (entry.type()) {
            case FILE -> isWhole(entry) ? Kind.FILE : Kind.OTHER;
            case DIRECTORY -> Kind.DIRECTORY;
            case SYMLINK -> Kind.SYMLINK;
            case HARD_LINK -> Kind.HARD_LINK;
            case CHAR_DEVICE, BLOCK_DEVICE, FIFO -> Kind.OTHER;
        };
    }

    private static boolean isWhole(TarEntry entry) {
        return entry.segments().equals(List.of(new TarEntry.Segment(0, entry.size())));
    }
}
