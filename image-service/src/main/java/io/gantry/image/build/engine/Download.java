package io.gantry.image.build.engine;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Digest;
import io.gantry.image.registry.WebFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;

/** A file on its way from a web server to this disk. Used by one thread, once. */
final class Download {

    private static final int BUFFER_BYTES = 128 << 10;

    private final WebFiles web;
    private final URI url;
    private final Path file;
    private final Deadline deadline;
    private Instant modified = Instant.EPOCH;

    /**
     * A download.
     *
     * @param file where it goes; not there yet
     */
    Download(WebFiles web, URI url, Path file, Deadline deadline) {
        this.web = web;
        this.url = url;
        this.file = file;
        this.deadline = deadline;
    }

    /**
     * Fetches it, with mode 0600.
     *
     * @param checksum what its content has to be
     * @return the digest of its content
     * @throws FailedPreconditionException when it is something else
     */
    Digest fetch(Optional<Digest> checksum) throws IOException {
        Digest.Algorithm algorithm =
                checksum.map(Digest::algorithm).orElse(Digest.Algorithm.SHA256);
        MessageDigest hash = algorithm.newHash();
        try (WebFiles.WebFile from = open()) {
            receive(from, hash);
            modified = from.modified().orElse(Instant.EPOCH);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.setLastModifiedTime(file, FileTime.from(modified));
        Digest content = Digest.finish(algorithm, hash);
        if (checksum.isPresent() && !checksum.get().equals(content)) {
            throw new FailedPreconditionException(
                    "digest mismatch for %s: %s is expected, its content is %s"
                            .formatted(WebFiles.shown(url), checksum.get(), content));
        }
        return content;
    }

    /** When it was changed, as the server says; the epoch when it does not. */
    Instant modified() {
        return modified;
    }

    private WebFiles.WebFile open() {
        try {
            return web.open(url, deadline);
        } catch (IOException e) {
            throw RemoteLayers.unreachable(WebFiles.shown(url), e);
        }
    }

    private void receive(WebFiles.WebFile from, MessageDigest hash) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long got = 0;
        try (InputStream in = from.content();
                OutputStream out = Files.newOutputStream(file)) {
            for (int n = read(in, buffer); n >= 0; n = read(in, buffer)) {
                hash.update(buffer, 0, n);
                out.write(buffer, 0, n);
                got += n;
            }
        }
        if (from.size() >= 0 && got != from.size()) {
            throw RemoteLayers.unreachable(
                    WebFiles.shown(url),
                    new IOException("it ended after " + got + " of " + from.size() + " bytes"));
        }
    }

    /** What fails here is the network; what fails beside it is the disk. */
    private int read(InputStream in, byte[] buffer) {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw RemoteLayers.unreachable(WebFiles.shown(url), e);
        }
    }
}
