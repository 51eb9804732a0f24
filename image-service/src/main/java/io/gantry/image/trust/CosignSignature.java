package io.gantry.image.trust;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Signatures as cosign keeps them in a manifest's layers: the layer is the payload, a document of
 * containers' "simple signing", and annotations of its descriptor have the signature and what
 * belongs to it (cosign's SIGNATURE_SPEC).
 */
final class CosignSignature {

    static final String LAYER = "application/vnd.dev.cosign.simplesigning.v1+json";
    static final String SIGNATURE = "dev.cosignproject.cosign/signature";

    private static final String CERTIFICATE = "dev.sigstore.cosign/certificate";
    private static final String CHAIN = "dev.sigstore.cosign/chain";
    private static final String BUNDLE = "dev.sigstore.cosign/bundle";
    private static final String TYPE = "cosign container image signature";
    private static final int MAX_CHAIN = 8;

    private CosignSignature() {}

    /**
     * Reads one.
     *
     * @param annotations of the layer
     * @throws RefusalException when it is malformed
     * @throws io.gantry.image.manifest.InvalidImageException likewise
     */
    static SignedClaim read(byte[] payload, Map<String, String> annotations)
            throws RefusalException {
        return new SignedClaim(
                claim(payload),
                "",
                SignedClaim.Content.of(payload),
                Encoded.decode("its signature", annotations.getOrDefault(SIGNATURE, "")),
                chain(annotations),
                entry(annotations).stream().toList());
    }

    private static Claim claim(byte[] payload) throws RefusalException {
        JsonObject critical = JsonObject.parse("payload", payload).requiredObject("critical");
        String type = critical.text("type");
        if (!type.equals(TYPE)) {
            throw new RefusalException("its payload is of the type " + Reasons.shown(type));
        }
        String name = critical.requiredObject("identity").requiredText("docker-reference");
        String digest = critical.requiredObject("image").requiredText("docker-manifest-digest");
        try {
            return Claim.of(Digest.parse(digest), name);
        } catch (InvalidArgumentException e) {
            throw new RefusalException("its payload has an " + Reasons.shown(e.getMessage()), e);
        }
    }

    private static List<X509Certificate> chain(Map<String, String> annotations)
            throws RefusalException {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            chain.addAll(Pem.certificates(annotations.getOrDefault(CERTIFICATE, "")));
            if (!chain.isEmpty()) {
                chain.addAll(Pem.certificates(annotations.getOrDefault(CHAIN, "")));
            }
        } catch (CertificateException e) {
            throw new RefusalException("its certificate is malformed", e);
        }
        if (chain.size() > MAX_CHAIN) {
            throw new RefusalException("it comes with " + chain.size() + " certificates");
        }
        return chain;
    }

    /** In the words of Rekor's own API, unlike those of bundles: numbers are numbers. */
    private static Optional<LogEntry> entry(Map<String, String> annotations)
            throws RefusalException {
        String text = annotations.getOrDefault(BUNDLE, "");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        JsonObject bundle = JsonObject.parse("log entry", text.getBytes(StandardCharsets.UTF_8));
        JsonObject payload = bundle.requiredObject("Payload");
        try {
            return Optional.of(
                    new LogEntry(
                            Encoded.bytes(payload, "body"),
                            Instant.ofEpochSecond(payload.number("integratedTime", 0)),
                            payload.number("logIndex", -1),
                            payload.requiredText("logID"),
                            Encoded.bytes(bundle, "SignedEntryTimestamp"),
                            Optional.empty()));
        } catch (DateTimeException e) {
            throw new RefusalException("its log entry has no time", e);
        }
    }
}
