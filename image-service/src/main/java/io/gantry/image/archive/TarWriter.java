package io.gantry.image.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes a tar that says nothing of when and where: owner 0, time 0. */
final class TarWriter {

    private static final int FILE_MODE = 0100644;
    private static final int DIRECTORY_MODE = 040755;

    private final TarArchiveOutputStream tar;

    TarWriter(OutputStream out) {
        tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    }

    /** Writes the content of an entry. */
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    void directory(String name) throws IOException {
        put(new TarArchiveEntry(name + "/"), DIRECTORY_MODE, 0);
        tar.closeArchiveEntry();
    }

    void file(String name, byte[] bytes) throws IOException {
        file(name, bytes.length, out -> out.write(bytes));
    }

    /**
     * Writes a file.
     *
     * @param size bytes that {@code content} will write, to the byte
     */
    void file(String name, long size, Content content) throws IOException {
        put(new TarArchiveEntry(name), FILE_MODE, size);
        content.writeTo(tar);
        tar.closeArchiveEntry();
    }

    /** Writes the archive's end; what it was written to stays open. */
    void finish() throws IOException {
        tar.finish();
        tar.flush();
    }

    private void put(TarArchiveEntry entry, int mode, long size) throws IOException {
        entry.setMode(mode);
        entry.setSize(size);
        entry.setIds(0, 0);
        entry.setNames("", "");
        entry.setLastModifiedTime(FileTime.from(Instant.EPOCH));
        tar.putArchiveEntry(entry);
    }
}
