package io.gantry.image.build.export;

import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.Syscalls;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/** Digests of the files of layers. */
public final class LayerDigest {

    private static final int BUFFER_BYTES = 1 << 16;

    private final Syscalls kernel;

    public LayerDigest(Syscalls kernel) {
        this.kernel = kernel;
    }

    /**
     * Of what a layer is written as: that of its diff, where it was made here.
     *
     * @param files in overlayfs' form
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted
     */
    public Digest ofDiff(Path files) throws IOException {
        return digest(files, true);
    }

    /**
     * The same for two layers that are alike in all that a layer says of files. Times of
     * directories are no part of it: one that no entry is for has that of its unpacking.
     *
     * @param files in overlayfs' form
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted
     */
    public Digest ofFiles(Path files) throws IOException {
        return digest(files, false);
    }

    private Digest digest(Path files, boolean datesDirectories) throws IOException {
        MessageDigest hash = Digest.Algorithm.SHA256.newHash();
        try (OutputStream out =
                new BufferedOutputStream(
                        new DigestOutputStream(OutputStream.nullOutputStream(), hash),
                        BUFFER_BYTES)) {
            new LayerReader(kernel, new LayerTar(out), datesDirectories).write(files);
        }
        return Digest.finish(Digest.Algorithm.SHA256, hash);
    }
}
