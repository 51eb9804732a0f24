package io.gantry.image.trust;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * A signature with everything that came along, believed in nothing yet.
 *
 * @param claim what it says
 * @param predicate what kind of statement it is; empty: plainly a signature of an image
 * @param content what was signed
 * @param signature of it
 * @param chain the signer's certificate, then those of authorities above it; empty: none came
 * @param entries of logs in which the signature is said to be
 */
@SuppressWarnings("ArrayRecordComponent") // looked at once, never compared
record SignedClaim(
        Claim claim,
        String predicate,
        Content content,
        byte[] signature,
        List<X509Certificate> chain,
        List<LogEntry> entries) {

    SignedClaim {
        chain = List.copyOf(chain);
        entries = List.copyOf(entries);
    }

    /**
     * What was signed.
     *
     * @param message the bytes that the signature is of
     * @param payload what they carry, in an envelope; else the same
     */
    @SuppressWarnings("ArrayRecordComponent") // as above
    record Content(byte[] message, byte[] payload) {
        static Content of(byte[] message) {
            return new Content(message, message);
        }
    }

    Optional<X509Certificate> certificate() {
        return chain.stream().findFirst();
    }
}
