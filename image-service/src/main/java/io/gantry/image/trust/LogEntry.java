package io.gantry.image.trust;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What is said to be an entry of a log of signatures (Rekor), believed in nothing yet.
 *
 * @param body canonical JSON that names the signature
 * @param integrated when it was entered
 * @param index in all of the log
 * @param log id of the log, in hex
 * @param promise the log's signature under these four, its "signed entry timestamp"; empty: none
 */
@SuppressWarnings("ArrayRecordComponent") // looked at once, never compared
record LogEntry(
        byte[] body,
        Instant integrated,
        long index,
        String log,
        byte[] promise,
        Optional<Inclusion> inclusion) {

    /**
     * How it follows from the log's root hash that the entry is in it (RFC 6962, section 2.1.1).
     *
     * @param index in the tree
     * @param size of the tree
     * @param root hash of the tree
     * @param hashes from the entry's neighbour up
     * @param checkpoint the log's signed note of size and root
     */
    @SuppressWarnings("ArrayRecordComponent") // as above
    record Inclusion(long index, long size, byte[] root, List<byte[]> hashes, String checkpoint) {
        Inclusion {
            hashes = List.copyOf(hashes);
        }
    }
}
