package io.gantry.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tar archive that becomes files below a directory, which is made where it is missing. By tar(1),
 * which leaves what is above the directory alone: links in its way, those of the archive and those
 * that were there, are replaced, not followed. Root gets owners, devices and attributes as they
 * are, others own everything. Used by one thread.
 */
final class Unpacking extends OutputStream {

    private final Path directory;
    private final Process tar;
    private final OutputStream in;
    private final Path complaints;
    private boolean closed;

    /**
     * Begins.
     *
     * @throws IOException when the directory cannot be made, or tar(1) is missing
     */
    Unpacking(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory).toRealPath();
        this.complaints = Files.createTempFile("gantry-tar", ".log");
        List<String> words = new ArrayList<>(List.of("tar", "-x", "-p", "-f", "-"));
        words.addAll(List.of("-C", this.directory.toString()));
        words.addAll(List.of("--numeric-owner", "--delay-directory-restore"));
        words.add("--warning=no-timestamp");
        words.addAll(
                isRoot()
                        ? List.of("--same-owner", "--xattrs", "--xattrs-include=*")
                        : List.of("--no-same-owner"));
        ProcessBuilder builder = new ProcessBuilder(words).redirectError(complaints.toFile());
        builder.environment().remove("TAR_OPTIONS");
        this.tar = builder.start();
        this.in = tar.getOutputStream();
        tar.getInputStream().close();
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            in.write(bytes, offset, length);
        } catch (IOException e) {
            // It has ended, and has said why.
            close();
            throw e;
        }
    }

    /**
     * Waits until all is there.
     *
     * @throws IOException with what tar(1) says when something is not
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            in.close();
        } catch (IOException e) {
            // As above.
        }
        try {
            if (tar.waitFor() != 0) {
                String said = Files.readString(complaints, StandardCharsets.UTF_8);
                throw new IOException("cannot write to " + directory + ": " + said.strip());
            }
        } catch (InterruptedException e) {
            tar.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while writing to " + directory, e);
        } finally {
            Files.deleteIfExists(complaints);
        }
    }
}
