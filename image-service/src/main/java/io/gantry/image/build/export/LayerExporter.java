package io.gantry.image.build.export;

import com.github.luben.zstd.ZstdOutputStream;
import io.gantry.base.Tasks;
import io.gantry.image.build.api.ImageOptions.Format;
import io.gantry.image.build.api.ImageOptions.Packing;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.Intake;
import io.gantry.image.content.MediaType;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns layers into blobs of the content store, in one pass. Thread-safe. */
public final class LayerExporter implements AutoCloseable {

    private static final int ZSTD_LEVEL = 3;

    private final Syscalls kernel;
    private final ContentStore content;
    private final int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    private final ExecutorService pool = Tasks.nativePool("build-gzip", threads);
    private @Nullable BlockDeflater fastest;

    public LayerExporter(Syscalls kernel, ContentStore content) {
        this.kernel = kernel;
        this.content = content;
    }

    /**
     * A layer as a blob.
     *
     * @param diffId digest of it uncompressed
     */
    public record Exported(Digest diffId, Descriptor blob) {}

    /**
     * Writes a layer into the store.
     *
     * @param files in overlayfs' form; not changed by anybody
     * @param hold is told the blob's digest before the blob is there
     */
    public Exported export(Path files, Packing packing, Format format, Consumer<Digest> hold)
            throws IOException {
        try (Intake intake = content.intake(Digest.Algorithm.SHA256, 0)) {
            MessageDigest hash = Digest.Algorithm.SHA256.newHash();
            write(files, packing, hash, intake);
            hold.accept(intake.digest());
            intake.commit();
            Descriptor blob =
                    new Descriptor(mediaType(packing, format), intake.digest(), intake.written());
            return new Exported(Digest.finish(Digest.Algorithm.SHA256, hash), blob);
        }
    }

    /** How such layers are called. */
    public static String mediaType(Packing packing, Format format) {
        boolean oci = format == Format.OCI;
        return switch (packing.algorithm()) {
            case NONE -> oci ? MediaType.OCI_LAYER : MediaType.DOCKER_LAYER;
            case GZIP -> oci ? MediaType.OCI_LAYER_GZIP : MediaType.DOCKER_LAYER_GZIP;
            case ZSTD -> MediaType.OCI_LAYER_ZSTD;
        };
    }

    private void write(Path files, Packing packing, MessageDigest hash, Intake intake)
            throws IOException {
        OutputStream blob = new IntakeStream(intake);
        switch (packing.algorithm()) {
            case NONE -> write(files, hash, blob);
            case GZIP -> {
                BlockDeflater blocks =
                        packing.level().map(BlockDeflater::zlib).orElseGet(this::fastest);
                try (ParallelGzip gzip = new ParallelGzip(blob, pool, blocks, threads + 1)) {
                    write(files, hash, gzip);
                    gzip.finish();
                }
            }
            case ZSTD -> {
                int level = packing.level().orElse(ZSTD_LEVEL);
                try (ZstdOutputStream zstd = new ZstdOutputStream(blob, level)) {
                    write(files, hash, zstd);
                }
            }
        }
    }

    private void write(Path files, MessageDigest hash, OutputStream packed) throws IOException {
        // Entries are small: what is hashed and compressed should not be.
        OutputStream tar = new HashingStream(packed, hash);
        new LayerReader(kernel, new LayerTar(tar)).write(files);
        tar.flush();
    }

    /** Found when it is first wanted. */
    private synchronized BlockDeflater fastest() {
        BlockDeflater found = fastest;
        if (found == null) {
            found =
                    IsalBlocks.find()
                            .orElseGet(() -> BlockDeflater.zlib(Packing.REPRODUCIBLE_GZIP_LEVEL));
            fastest = found;
        }
        return found;
    }

    @Override
    public void close() {
        pool.close();
    }

    private static final class IntakeStream extends OutputStream {
        private final Intake intake;

        IntakeStream(Intake intake) {
            this.intake = intake;
        }

        @Override
        public void write(int b) throws IOException {
            intake.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            intake.write(bytes, offset, length);
        }
    }

    private static final class HashingStream extends OutputStream {
        private final OutputStream out;
        private final MessageDigest hash;
        private final byte[] buffer = new byte[64 * 1024];
        private int filled;

        HashingStream(OutputStream out, MessageDigest hash) {
            this.out = out;
            this.hash = hash;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > buffer.length - filled) {
                flush();
            }
            if (length >= buffer.length) {
                pass(bytes, offset, length);
            } else {
                System.arraycopy(bytes, offset, buffer, filled, length);
                filled += length;
            }
        }

        @Override
        public void flush() throws IOException {
            pass(buffer, 0, filled);
            filled = 0;
        }

        private void pass(byte[] bytes, int offset, int length) throws IOException {
            hash.update(bytes, offset, length);
            out.write(bytes, offset, length);
        }
    }
}
