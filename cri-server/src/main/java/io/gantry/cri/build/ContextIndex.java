package io.gantry.cri.build;

import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was uploaded, as a file. It is not made durable, nor are the files that it tells of: it
 * counts as long as the machine runs that it was written on, which is what its boot id says.
 */
final class ContextIndex {

    /** How it is called beside the files that it tells of. */
    static final String FILE = "index";

    /** How their directory is called. */
    static final String FILES = "files";

    private static final int MAGIC = 0x47435832;

    private ContextIndex() {}

    /**
     * An entry.
     *
     * @param content of a regular file
     * @param moved the layer that has the file, when it is not here
     */
    record Row(ContextEntry entry, Optional<Digest> content, Optional<ContextMoves.Place> moved) {}

    /** Reads one; empty when there is none that counts. */
    static NavigableMap<String, Row> read(Path file, String boot) throws IOException {
        NavigableMap<String, Row> rows = new TreeMap<>();
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            if (in.readInt() != MAGIC || !in.readUTF().equals(boot)) {
                return rows;
            }
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                Row row = readRow(in);
                rows.put(row.entry.path(), row);
            }
        } catch (NoSuchFileException | EOFException e) {
            return new TreeMap<>();
        }
        return rows;
    }

    private static Row readRow(DataInputStream in) throws IOException {
        ContextEntry entry =
                new ContextEntry(
                        in.readUTF(),
                        in.readInt(),
                        in.readLong(),
                        in.readLong(),
                        in.readUTF(),
                        in.readLong(),
                        in.readLong(),
                        in.readLong(),
                        in.readBoolean());
        Optional<Digest> content =
                in.readBoolean() ? Optional.of(Digest.parse(in.readUTF())) : Optional.empty();
        Optional<ContextMoves.Place> moved =
                in.readBoolean()
                        ? Optional.of(
                                new ContextMoves.Place(Digest.parse(in.readUTF()), in.readUTF()))
                        : Optional.empty();
        return new Row(entry, content, moved);
    }

    /** Writes one in place of what is there. */
    static void write(Path file, String boot, Map<String, Row> rows) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (DataOutputStream out =
                new DataOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(fresh), 1 << 16))) {
            out.writeInt(MAGIC);
            out.writeUTF(boot);
            out.writeInt(rows.size());
            for (Row row : rows.values()) {
                writeRow(out, row);
            }
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void writeRow(DataOutputStream out, Row row) throws IOException {
        ContextEntry entry = row.entry;
        out.writeUTF(entry.path());
        out.writeInt(entry.mode());
        out.writeLong(entry.size());
        out.writeLong(entry.modifiedNanos());
        out.writeUTF(entry.link());
        out.writeLong(entry.rdev());
        out.writeLong(entry.changedNanos());
        out.writeLong(entry.inode());
        out.writeBoolean(entry.unsettled());
        out.writeBoolean(row.content.isPresent());
        if (row.content.isPresent()) {
            out.writeUTF(row.content.get().toString());
        }
        out.writeBoolean(row.moved.isPresent());
        if (row.moved.isPresent()) {
            out.writeUTF(row.moved.get().layer().toString());
            out.writeUTF(row.moved.get().path());
        }
    }
}
