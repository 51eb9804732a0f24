package io.gantry.image.layer;

import io.gantry.image.layer.TarEntry.Segment;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive of any common dialect (v7, ustar, PAX, GNU). Not Commons Compress' reader,
 * because that decodes PAX records as UTF-8, which destroys attribute values such as {@code
 * security.capability} and names in other encodings, and keeps no bound on their size. Not
 * thread-safe.
 */
final class TarReader {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Pieces in;
    private final int maxHeaderBytes;
    private ByteBuffer piece = NOTHING;

    private long remaining;
    private int padding;
    private String current = "";

    TarReader(Pieces in, int maxHeaderBytes) {
        this.in = in;
        this.maxHeaderBytes = maxHeaderBytes;
    }

    /** The name of the entry that is being read; empty before the first. */
    String current() {
        return current;
    }

    /**
     * The next entry; what was left of the last one's content is skipped. After the last entry the
     * stream has been read to its end.
     */
    @Nullable TarEntry next() throws IOException {
        skip(remaining + padding);
        remaining = 0;
        padding = 0;
        PaxRecords pax = PaxRecords.NONE;
        String longName = null;
        String longLink = null;
        for (byte[] block = header(); block != null; block = header()) {
            TarFields fields = new TarFields(block);
            fields.checkSum();
            switch (fields.type()) {
                case 'x', 'X' -> pax = PaxRecords.parse(extended(fields));
                // Global records are comments in practice; no engine gives them to the entries.
                case 'g' -> extended(fields);
                case 'L' -> longName = untilNul(extended(fields));
                case 'K' -> longLink = untilNul(extended(fields));
                default -> {
                    return entry(fields, block, pax, longName, longLink);
                }
            }
        }
        return null;
    }

    /**
     * The next part of the current entry's content, valid until the next call; null at its end.
     *
     * @param max bytes that are wanted at most
     */
    @Nullable ByteBuffer content(long max) throws IOException {
        if (remaining == 0) {
            return null;
        }
        if (!piece.hasRemaining() && !fill()) {
            throw new EOFException("archive ends in the middle of an entry");
        }
        int count = (int) Math.min(Math.min(max, remaining), piece.remaining());
        ByteBuffer part = piece.slice(piece.position(), count);
        piece.position(piece.position() + count);
        remaining -= count;
        return part;
    }

    private TarEntry entry(
            TarFields fields,
            byte[] block,
            PaxRecords pax,
            @Nullable String longName,
            @Nullable String longLink)
            throws IOException {
        String name = pax.textOr("path", longName == null ? fields.name() : longName);
        name = pax.textOr("GNU.sparse.name", name);
        current = name;
        TarType type = TarType.of(fields.type(), name.endsWith("/"));
        long archived = type == TarType.FILE ? pax.numberOr("size", fields.size()) : 0;
        remaining = archived;
        padding = (int) (-archived & (TarFields.BLOCK - 1));
        List<Segment> sparse = sparse(fields, block, pax);
        long size = sparse == null ? archived : sparseSize(fields, pax);
        List<Segment> segments =
                sparse == null
                        ? List.of(new Segment(0, archived))
                        : SparseMap.checked(sparse, size, remaining);
        return new TarEntry(
                type,
                name,
                pax.textOr("linkpath", longLink == null ? fields.linkName() : longLink),
                fields.mode(),
                id(pax.numberOr("uid", fields.uid()), "uid"),
                id(pax.numberOr("gid", fields.gid()), "gid"),
                size,
                pax.modifiedOr(fields.modified()),
                fields.devMajor(),
                fields.devMinor(),
                pax.xattrs(),
                segments);
    }

    private @Nullable List<Segment> sparse(TarFields fields, byte[] block, PaxRecords pax)
            throws IOException {
        if (fields.isGnuSparse()) {
            return SparseMap.ofHeader(block, this::rawBlock, maxHeaderBytes);
        }
        String map = pax.sparseMap();
        if (map != null) {
            return SparseMap.ofRecord(map);
        }
        if (pax.numberOr("GNU.sparse.major", 0) == 1) {
            return SparseMap.ofContent(this::contentBlock, maxHeaderBytes);
        }
        return null;
    }

    private static long sparseSize(TarFields fields, PaxRecords pax) throws LayerFormatException {
        if (fields.isGnuSparse()) {
            return fields.number(483, 12, "size of a sparse file");
        }
        return pax.numberOr("GNU.sparse.realsize", pax.numberOr("GNU.sparse.size", 0));
    }

    private static int id(long id, String what) throws LayerFormatException {
        // The last one means "leave as it is" to chown.
        if (id < 0 || id >= 0xffff_ffffL) {
            throw new LayerFormatException(what + " " + id + " is out of range");
        }
        return (int) id;
    }

    private byte[] extended(TarFields fields) throws IOException {
        long size = fields.size();
        if (size > maxHeaderBytes) {
            throw new LayerFormatException(
                    "extended header of " + size + " bytes, more than " + maxHeaderBytes);
        }
        byte[] data = new byte[(int) size];
        readFully(data, data.length);
        skip(-size & (TarFields.BLOCK - 1));
        return data;
    }

    private static String untilNul(byte[] data) {
        int end = 0;
        while (end < data.length && data[end] != 0) {
            end++;
        }
        return new String(data, 0, end, StandardCharsets.ISO_8859_1);
    }

    /**
     * The next header block; null at the end of the archive, with or without its two zero blocks.
     */
    private byte @Nullable [] header() throws IOException {
        if (!piece.hasRemaining() && !fill()) {
            return null;
        }
        byte[] block = rawBlock();
        if (new TarFields(block).isZero()) {
            drain();
            return null;
        }
        return block;
    }

    private byte[] rawBlock() throws IOException {
        byte[] block = new byte[TarFields.BLOCK];
        readFully(block, block.length);
        return block;
    }

    private byte[] contentBlock() throws IOException {
        if (remaining < TarFields.BLOCK) {
            throw new LayerFormatException("sparse map is longer than its entry");
        }
        byte[] block = rawBlock();
        remaining -= block.length;
        return block;
    }

    private void readFully(byte[] target, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (!piece.hasRemaining() && !fill()) {
                throw new EOFException("archive ends in the middle of a header");
            }
            int n = Math.min(length - done, piece.remaining());
            piece.get(target, done, n);
            done += n;
        }
    }

    private void skip(long count) throws IOException {
        long left = count;
        while (left > 0) {
            if (!piece.hasRemaining() && !fill()) {
                throw new EOFException("archive ends in the middle of an entry");
            }
            int n = (int) Math.min(left, piece.remaining());
            piece.position(piece.position() + n);
            left -= n;
        }
    }

    private void drain() throws IOException {
        boolean more = true;
        while (more) {
            more = fill();
        }
    }

    private boolean fill() throws IOException {
        ByteBuffer next = in.next();
        piece = next == null ? NOTHING : next;
        return next != null;
    }
}
