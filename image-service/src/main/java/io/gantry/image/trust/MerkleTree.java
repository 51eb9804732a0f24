package io.gantry.image.trust;

import java.security.MessageDigest;
import java.util.Iterator;

/** Proofs of inclusion (RFC 6962, section 2.1; verified as RFC 9162, section 2.1.3.2). */
final class MerkleTree {

    private static final int HASH_BYTES = 32;
    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private MerkleTree() {}

    /**
     * Verifies that an entry is in a tree.
     *
     * @throws RefusalException when the proof proves something else
     */
    static void verify(byte[] entry, LogEntry.Inclusion proof) throws RefusalException {
        if (proof.index() < 0 || proof.index() >= proof.size()) {
            throw new RefusalException("its log entry is outside of the log's tree");
        }
        byte[] hash = hash(LEAF, entry, new byte[0]);
        long index = proof.index();
        long last = proof.size() - 1;
        Iterator<byte[]> hashes = proof.hashes().iterator();
        while (last > 0) {
            if (!hashes.hasNext()) {
                throw wrong();
            }
            boolean right = (index & 1) == 1;
            if (right || index == last) {
                hash = hash(NODE, sibling(hashes), hash);
                // A subtree that has no right part is taken as its own parent.
                while (!right && index != 0) {
                    index >>>= 1;
                    last >>>= 1;
                    right = (index & 1) == 1;
                }
            } else {
                hash = hash(NODE, hash, sibling(hashes));
            }
            index >>>= 1;
            last >>>= 1;
        }
        if (hashes.hasNext() || !MessageDigest.isEqual(hash, proof.root())) {
            throw wrong();
        }
    }

    private static byte[] sibling(Iterator<byte[]> hashes) throws RefusalException {
        byte[] sibling = hashes.next();
        if (sibling.length != HASH_BYTES) {
            throw wrong();
        }
        return sibling;
    }

    private static byte[] hash(byte kind, byte[] left, byte[] right) {
        MessageDigest sha256 = Hashes.sha256();
        sha256.update(kind);
        sha256.update(left);
        sha256.update(right);
        return sha256.digest();
    }

    private static RefusalException wrong() {
        return new RefusalException("its log entry is not proved to be in the log's tree");
    }
}
