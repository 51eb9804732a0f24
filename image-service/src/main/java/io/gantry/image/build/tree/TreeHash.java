package io.gantry.image.build.tree;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;

/**
 * A hash of files as far as a copy of them depends on it: names, types, modes, owners, links,
 * devices, attributes and content, but no times.
 */
public final class TreeHash {

    private static final int PENDING_BYTES = 64 * 1024;

    private final SourceTree tree;
    private final IgnoreRules excludes;
    private final MessageDigest hash = Digest.Algorithm.SHA256.newHash();

    /** What is hashed is small, and each update may be a call of a native library. */
    private final ByteBuffer pending = ByteBuffer.allocate(PENDING_BYTES);

    private TreeHash(SourceTree tree, IgnoreRules excludes) {
        this.tree = tree;
        this.excludes = excludes;
    }

    /**
     * The hash of what was picked.
     *
     * @param excludes rules for paths relative to what was picked
     */
    public static Digest of(SourceTree tree, List<Picked> picked, IgnoreRules excludes)
            throws IOException {
        TreeHash hash = new TreeHash(tree, excludes);
        for (Picked each : picked) {
            hash.text("pick", each.directory(), each.name());
            hash.add(each.node(), "");
        }
        hash.flush();
        return Digest.finish(Digest.Algorithm.SHA256, hash.hash);
    }

    private void add(Node node, String relative) throws IOException {
        text("node", relative, node.link());
        number(node.mode());
        number(node.uid());
        number(node.gid());
        number(node.rdev());
        for (Map.Entry<String, byte[]> each : tree.attributes(node).entrySet()) {
            text("attribute", each.getKey());
            number(each.getValue().length);
            bytes(each.getValue());
        }
        if (node.isRegular()) {
            text("content", tree.content(node).toString());
        } else if (node.isDirectory()) {
            for (Node child : tree.children(node)) {
                String path = Paths.join(relative, child.name());
                if (!Exclusion.prunes(excludes, path, child.isDirectory())) {
                    add(child, path);
                }
            }
        }
    }

    private void text(String... parts) {
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.ISO_8859_1);
            number(bytes.length);
            bytes(bytes);
        }
    }

    private void number(long number) {
        room(Long.BYTES);
        pending.putLong(number);
    }

    private void bytes(byte[] bytes) {
        if (bytes.length > PENDING_BYTES) {
            flush();
            hash.update(bytes);
        } else {
            room(bytes.length);
            pending.put(bytes);
        }
    }

    private void room(int length) {
        if (pending.remaining() < length) {
            flush();
        }
    }

    private void flush() {
        hash.update(pending.flip());
        pending.clear();
    }
}
