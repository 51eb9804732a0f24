package io.gantry.image.trust;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * A log's signed note of its size and root hash: lines of origin, size and hash, an empty line,
 * then a line per signature of {@code — NAME BASE64}, the first four bytes of which say whose key.
 */
final class Checkpoint {

    private static final int HINT_BYTES = 4;
    private static final int MAX_SIGNATURES = 32;
    private static final String DASH = "\u2014 ";

    private Checkpoint() {}

    /**
     * Verifies that the tree of a proof is one that the log stands for.
     *
     * @throws RefusalException when it is not
     */
    static void verify(LogEntry.Inclusion proof, LogKey log) throws RefusalException {
        String note = proof.checkpoint();
        int end = note.indexOf("\n\n");
        if (end < 0) {
            throw new RefusalException("its log entry comes without a checkpoint of the log");
        }
        String text = note.substring(0, end + 1);
        List<String> lines = text.lines().toList();
        boolean sameTree =
                lines.size() >= 3
                        && lines.get(1).equals(Long.toString(proof.size()))
                        && lines.get(2).equals(Base64.getEncoder().encodeToString(proof.root()));
        if (!sameTree) {
            throw new RefusalException("its log entry has a checkpoint of another tree");
        }
        byte[] signed = text.getBytes(StandardCharsets.UTF_8);
        boolean believed =
                note.substring(end + 2)
                        .lines()
                        .limit(MAX_SIGNATURES)
                        .anyMatch(line -> isSignature(line, signed, log));
        if (!believed) {
            throw new RefusalException("its log entry has a checkpoint not signed by the log");
        }
    }

    private static boolean isSignature(String line, byte[] text, LogKey log) {
        int space = line.lastIndexOf(' ');
        if (!line.startsWith(DASH) || space < DASH.length()) {
            return false;
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(line.substring(space + 1));
        } catch (IllegalArgumentException e) {
            return false;
        }
        byte[] hint = Arrays.copyOf(HexFormat.of().parseHex(log.id()), HINT_BYTES);
        return bytes.length > HINT_BYTES
                && Arrays.equals(hint, Arrays.copyOf(bytes, HINT_BYTES))
                && Signatures.verify(
                        log.key(), text, Arrays.copyOfRange(bytes, HINT_BYTES, bytes.length));
    }
}
