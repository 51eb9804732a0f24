package io.gantry.image.build.engine;

import com.github.luben.zstd.ZstdInputStream;
import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.image.build.tree.TreeCopy;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Unpacks the archives among the sources of an ADD, with everything that unpacking a layer is safe
 * against. Used by one thread, once.
 */
final class Archives {

    private static final int HEADER_BYTES = 512;

    /** What unpacking one may take of memory: xz -9 needs 65 MB. */
    private static final int XZ_KILOBYTES = 96 << 10;

    private static final byte[] GZIP = {0x1f, (byte) 0x8b};
    private static final byte[] BZIP2 = {'B', 'Z', 'h'};
    private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

    private final BuildRun run;
    private final SourceTree tree;
    private final LayerDraft draft;
    private final TreeCopy.Changes changes;

    Archives(BuildRun run, SourceTree tree, LayerDraft draft, TreeCopy.Changes changes) {
        this.run = run;
        this.tree = tree;
        this.draft = draft;
        this.changes = changes;
    }

    /** Whether a file is an archive. */
    static boolean isArchive(Syscalls kernel, SourceTree tree, Node file) throws IOException {
        if (!file.isRegular()) {
            return false;
        }
        byte[] head;
        try (InputStream in = new DescriptorStream(kernel, tree.open(file))) {
            head = in.readNBytes(HEADER_BYTES);
        }
        return isTar(head) || holdsTar(kernel, tree, file, head);
    }

    /** Puts the archives in their place and returns the other sources. */
    List<Picked> unpack(List<Picked> picked, String destination) throws IOException {
        List<Picked> others = new ArrayList<>();
        for (Picked each : picked) {
            Optional<InputStream> archive =
                    each.node().isRegular() ? archive(each.node()) : Optional.empty();
            if (archive.isEmpty()) {
                others.add(each);
            } else {
                try (InputStream in = archive.get()) {
                    unpack(each.name(), in, destination);
                }
            }
        }
        return others;
    }

    private void unpack(String name, InputStream archive, String destination) throws IOException {
        Syscalls kernel = run.tools().kernel();
        Snapshotter snapshotter = run.tools().snapshotter();
        Path staged = snapshotter.stage();
        try {
            AppliedLayer applied = run.tools().applier().apply(name, archive, staged);
            date(staged, applied);
            try (SourceTree unpacked = new StackTree(kernel, LayerStack.of(kernel, staged))) {
                if (applied.impliedDirectories().contains("")) {
                    draft.directory(draft.locate(destination), changes.above());
                }
                Node root = unpacked.find("", true).orElseThrow();
                new TreeCopy(kernel, unpacked, draft, changes)
                        .run(List.of(new Picked(root, "", "")), destination + "/");
            }
        } finally {
            snapshotter.discard(staged);
        }
    }

    /** Directories that an archive has files in, but says nothing of, are as old as the build. */
    private void date(Path staged, AppliedLayer applied) throws IOException {
        Syscalls kernel = run.tools().kernel();
        try (LayerDraft draft = new LayerDraft(kernel, staged, LayerStack.of(kernel, staged))) {
            for (String directory : applied.impliedDirectories()) {
                draft.touch(directory, run.time());
            }
        }
    }

    /** What a file unpacks to; empty when it is no archive. Compressed files that hold none are. */
    private Optional<InputStream> archive(Node file) throws IOException {
        InputStream in = new DescriptorStream(run.tools().kernel(), tree.open(file));
        byte[] head = in.readNBytes(HEADER_BYTES);
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(head), in);
        if (!isTar(head) && !holdsTar(run.tools().kernel(), tree, file, head)) {
            in.close();
            return Optional.empty();
        }
        return Optional.of(
                begins(head, XZ) || begins(head, BZIP2) ? unpacking(head, whole) : whole);
    }

    /** Looks into a compressed file: only one that holds an archive is unpacked. */
    private static boolean holdsTar(Syscalls kernel, SourceTree tree, Node file, byte[] head)
            throws IOException {
        boolean packed =
                begins(head, GZIP) || begins(head, ZSTD) || begins(head, XZ) || begins(head, BZIP2);
        if (!packed) {
            return false;
        }
        try (InputStream in = new DescriptorStream(kernel, tree.open(file));
                InputStream plain = unpacking(head, in)) {
            return isTar(plain.readNBytes(HEADER_BYTES));
        } catch (IOException e) {
            // Its beginning only looks like that of a packed file.
            return false;
        }
    }

    private static InputStream unpacking(byte[] head, InputStream packed) throws IOException {
        if (begins(head, XZ)) {
            return new XZInputStream(packed, XZ_KILOBYTES);
        }
        if (begins(head, BZIP2)) {
            return new BZip2CompressorInputStream(packed, true);
        }
        return begins(head, GZIP) ? new GZIPInputStream(packed) : new ZstdInputStream(packed);
    }

    private static boolean begins(byte[] head, byte[] magic) {
        return head.length >= magic.length
                && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }

    private static boolean isTar(byte[] head) {
        return head.length == HEADER_BYTES
                && new String(head, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar");
    }

    /** Reads a descriptor, which it closes. */
    private static final class DescriptorStream extends InputStream {
        private final Syscalls kernel;
        private final int fd;
        private boolean closed;

        DescriptorStream(Syscalls kernel, int fd) {
            this.kernel = kernel;
            this.fd = fd;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int got = kernel.read(fd, ByteBuffer.wrap(bytes, offset, length));
            return got == 0 ? -1 : got;
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                kernel.close(fd);
            }
        }
    }
}
