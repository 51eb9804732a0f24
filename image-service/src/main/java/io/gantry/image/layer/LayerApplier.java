package io.gantry.image.layer;

import io.gantry.base.error.CancelledException;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileSystemStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks layers, each on its own: overlayfs' own whiteouts make the layers below unnecessary, so
 * that all layers of an image can be unpacked at once. Thread-safe. One call is a line of three
 * threads: one takes the blob, one decompresses and hashes, and the calling one makes the files,
 * mostly in native code, so that it is to be a platform thread.
 */
public final class LayerApplier {

    private static final int BLOCK = 4096;
    private static final Set<Errno> OF_THE_ENTRY =
            Set.of(
                    Errno.ENAMETOOLONG,
                    Errno.ELOOP,
                    Errno.ENOTDIR,
                    Errno.EXDEV,
                    Errno.EISDIR,
                    Errno.EINVAL,
                    Errno.EILSEQ,
                    Errno.EMLINK,
                    Errno.EFBIG);

    private final Syscalls kernel;
    private final LayerLimits limits;
    private final Libraries libraries;
    private final BufferPool buffers = new BufferPool();

    public LayerApplier(Syscalls kernel, LayerLimits limits) {
        this(kernel, limits, Libraries.INSTALLED);
    }

    LayerApplier(Syscalls kernel, LayerLimits limits, Libraries libraries) {
        this.kernel = kernel;
        this.limits = limits;
        this.libraries = libraries;
    }

    /**
     * Unpacks a layer in one pass.
     *
     * @param name of the layer, for messages
     * @param blob the layer, compressed or not; read to its end, also behind the archive's, and not
     *     closed; by a thread of its own, which is interrupted when unpacking fails
     * @param directory an empty directory; what is in it after a failure is for the caller to
     *     remove
     * @throws InvalidLayerException when the layer is damaged or hostile
     * @throws CancelledException when the thread is interrupted
     * @throws IOException when the blob cannot be read or the file system fails
     */
    public AppliedLayer apply(String name, InputStream blob, Path directory) throws IOException {
        PackedStream packed = new PackedStream(blob);
        try (LayerDirectory target = new LayerDirectory(kernel, directory)) {
            LayerLimits bounds = limits.within(freeBytes(target));
            return new Pass(bounds).run(name, packed, target);
        }
    }

    private long freeBytes(LayerDirectory target) throws IOException {
        FileSystemStatus status = kernel.fstatfs(target.root());
        return status.blocksAvailable() * status.blockSize();
    }

    /** The state of one call. */
    private final class Pass {
        private final LayerLimits bounds;
        private @Nullable TarReader tar;
        private long entries;
        private long claimed;
        private long bytes;
        private long inodes;

        Pass(LayerLimits bounds) {
            this.bounds = bounds;
        }

        AppliedLayer run(String name, PackedStream packed, LayerDirectory target)
                throws IOException {
            try (ReadAhead blob = new ReadAhead("layer-blob", packed, buffers)) {
                try {
                    return unpack(new CountedPieces(blob), target);
                } catch (IOException e) {
                    // Here, for closing interrupts the blob's thread, and that may fail of it.
                    packed.rethrowFailure();
                    throw explain(name, e);
                }
            }
        }

        private AppliedLayer unpack(CountedPieces blob, LayerDirectory target) throws IOException {
            UnpackedSource archive;
            EntryWriter writer;
            try (UnpackingSource unpacking = Compression.unpacked(blob, libraries)) {
                archive = new UnpackedSource(unpacking, blob, bounds, libraries.sha256().get());
                try (ReadAhead pieces = new ReadAhead("layer-inflate", archive, buffers)) {
                    writer = write(pieces, target);
                }
            }
            return new AppliedLayer(
                    archive.diffId(),
                    bytes + (long) target.implied().size() * BLOCK,
                    inodes + target.implied().size(),
                    writer.opaqueRoot(),
                    List.copyOf(target.implied()));
        }

        private EntryWriter write(Pieces archive, LayerDirectory target) throws IOException {
            TarReader reader = new TarReader(archive, bounds.maxHeaderBytes());
            tar = reader;
            EntryWriter writer = new EntryWriter(kernel, target, reader);
            for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
                checkInterrupted();
                count(entry);
                apply(entry, writer);
            }
            writer.finish();
            return writer;
        }

        private void apply(TarEntry entry, EntryWriter writer) throws IOException {
            EntryPath path = EntryPath.clean(entry.name());
            switch (path.kind()) {
                case PLAIN -> {
                    writer.write(entry, path);
                    account(entry);
                }
                case WHITEOUT -> {
                    writer.hide(path);
                    inodes++;
                }
                case OPAQUE -> writer.hideAll(path.parent());
                case IGNORED -> {}
            }
        }

        private void count(TarEntry entry) throws IOException {
            if (++entries > bounds.maxEntries()) {
                throw new LayerFormatException("more than " + bounds.maxEntries() + " entries");
            }
            if (entry.size() > limits.maxBytes() - claimed) {
                throw new LayerFormatException(
                        "it claims "
                                + entry.size()
                                + " bytes where a layer may have "
                                + (limits.maxBytes() - claimed)
                                + " more");
            }
            claimed += entry.size();
            if (claimed > bounds.maxBytes()) {
                // No need to fill the disk first to see that it cannot hold this.
                throw new ErrnoException(
                        "write",
                        claimed + " bytes where " + bounds.maxBytes() + " are free",
                        Errno.ENOSPC.number());
            }
        }

        private void account(TarEntry entry) {
            if (entry.type() == TarType.HARD_LINK) {
                return;
            }
            inodes++;
            if (entry.type() == TarType.DIRECTORY) {
                bytes += BLOCK;
            }
            for (TarEntry.Segment segment : entry.segments()) {
                bytes += (segment.length() + BLOCK - 1) / BLOCK * BLOCK;
            }
        }

        /** Puts a failure that the layer is to blame for into words. */
        IOException explain(String name, IOException e) {
            boolean ofLayer =
                    !(e instanceof ErrnoException errno) || OF_THE_ENTRY.contains(errno.errno());
            String entry = tar == null ? "" : TarEntry.display(tar.current());
            String where = "layer " + name + (entry.isEmpty() ? ": " : ": entry " + entry + ": ");
            if (ofLayer) {
                throw new InvalidLayerException(where + e.getMessage(), e);
            }
            return new IOException(where + e.getMessage(), e);
        }
    }

    private static void checkInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException("unpacking a layer was interrupted");
        }
    }
}
