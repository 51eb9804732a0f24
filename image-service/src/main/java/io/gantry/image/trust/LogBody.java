package io.gantry.image.trust;

import io.gantry.image.manifest.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What an entry of a log names: of kind {@code hashedrekord} or {@code dsse}, version 0.0.1.
 *
 * @param algorithm of the hash
 * @param hash in hex
 * @param ofPayload whether the hash is of the payload; else of what was signed
 * @param verifier the signer's certificate or public key, in PEM
 */
@SuppressWarnings("ArrayRecordComponent") // looked at once, never compared
record LogBody(
        String algorithm, String hash, boolean ofPayload, byte[] signature, String verifier) {

    /**
     * Reads one.
     *
     * @throws RefusalException when it is of another kind
     */
    static LogBody parse(byte[] json) throws RefusalException {
        JsonObject body = JsonObject.parse("log entry", json);
        JsonObject spec = body.requiredObject("spec");
        String kind = body.text("kind") + " " + body.text("apiVersion");
        return switch (kind) {
            case "hashedrekord 0.0.1" -> hashed(spec);
            case "dsse 0.0.1" -> envelope(spec);
            default ->
                    throw new RefusalException(
                            "its log entry is of the kind " + Reasons.shown(kind));
        };
    }

    /**
     * Checks that this is about a signature.
     *
     * @throws RefusalException when it is about another
     */
    void check(SignedClaim signed, PublicKey signer) throws RefusalException {
        if (!Arrays.equals(signature, signed.signature())) {
            throw new RefusalException("its log entry names another signature");
        }
        SignedClaim.Content content = signed.content();
        if (!Hashes.matches(algorithm, hash, ofPayload ? content.payload() : content.message())) {
            throw new RefusalException("its log entry names other content");
        }
        if (!isBy(signed.certificate(), signer)) {
            throw new RefusalException("its log entry names another signer");
        }
    }

    private static LogBody hashed(JsonObject spec) throws RefusalException {
        JsonObject data = spec.requiredObject("data").requiredObject("hash");
        JsonObject signature = spec.requiredObject("signature");
        return new LogBody(
                data.text("algorithm"),
                data.text("value"),
                false,
                Encoded.bytes(signature, "content"),
                pem(signature.requiredObject("publicKey"), "content"));
    }

    private static LogBody envelope(JsonObject spec) throws RefusalException {
        JsonObject hash = spec.requiredObject("payloadHash");
        List<JsonObject> signatures = spec.objects("signatures");
        if (signatures.size() != 1) {
            throw new RefusalException(
                    "its log entry has " + signatures.size() + " signatures, not one");
        }
        return new LogBody(
                hash.text("algorithm"),
                hash.text("value"),
                true,
                Encoded.bytes(signatures.getFirst(), "signature"),
                pem(signatures.getFirst(), "verifier"));
    }

    private static String pem(JsonObject json, String key) throws RefusalException {
        return new String(Encoded.bytes(json, key), StandardCharsets.UTF_8);
    }

    private boolean isBy(Optional<X509Certificate> certificate, PublicKey signer) {
        try {
            List<X509Certificate> certificates = Pem.certificates(verifier);
            if (!certificates.isEmpty()) {
                return certificates.getFirst().equals(certificate.orElse(null));
            }
            List<PublicKey> keys = Pem.publicKeys(verifier);
            return !keys.isEmpty()
                    && Arrays.equals(keys.getFirst().getEncoded(), signer.getEncoded());
        } catch (GeneralSecurityException e) {
            // What cannot be read names nobody.
            return false;
        }
    }
}
