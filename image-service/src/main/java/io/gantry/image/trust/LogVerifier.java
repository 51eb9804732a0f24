package io.gantry.image.trust;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Verifies that a signature is in a log of signatures, and since when. */
final class LogVerifier {

    private final TrustRoot root;

    LogVerifier(TrustRoot root) {
        this.root = root;
    }

    /**
     * When a signature was entered, by the word of a log that is believed.
     *
     * @param signer whose signature it is
     * @throws RefusalException when no entry proves it
     */
    Instant integrated(SignedClaim signed, PublicKey signer) throws RefusalException {
        if (signed.entries().isEmpty()) {
            throw new RefusalException("it comes without an entry of a log");
        }
        List<String> reasons = new ArrayList<>();
        for (LogEntry entry : signed.entries()) {
            try {
                verify(entry, signed, signer);
                return entry.integrated();
            } catch (RefusalException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new RefusalException(String.join(", ", reasons));
    }

    private void verify(LogEntry entry, SignedClaim signed, PublicKey signer)
            throws RefusalException {
        Optional<LogKey> log = root.rekor(entry.log());
        if (log.isEmpty()) {
            throw new RefusalException(
                    "log " + Reasons.shown(entry.log()) + " is none of root " + root.name());
        }
        // The time of an entry is in nothing but this, so a proof of inclusion is not enough.
        if (entry.promise().length == 0) {
            throw new RefusalException("its log entry comes without a signed time");
        }
        if (!Signatures.verify(log.get().key(), promised(entry), entry.promise())) {
            throw new RefusalException("its log entry is not signed by the log");
        }
        if (entry.inclusion().isPresent()) {
            LogEntry.Inclusion inclusion = entry.inclusion().get();
            Checkpoint.verify(inclusion, log.get());
            MerkleTree.verify(entry.body(), inclusion);
        }
        LogBody.parse(entry.body()).check(signed, signer);
    }

    /** Canonical JSON (RFC 8785), which is simple for these four: sorted, without spaces. */
    private static byte[] promised(LogEntry entry) {
        String json =
                "{\"body\":\""
                        + Base64.getEncoder().encodeToString(entry.body())
                        + "\",\"integratedTime\":"
                        + entry.integrated().getEpochSecond()
                        + ",\"logID\":\""
                        + entry.log()
                        + "\",\"logIndex\":"
                        + entry.index()
                        + "}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
