package io.gantry.image.trust;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.JsonObject;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Signatures in Sigstore's bundles, version 0.3 (protobuf-specs, sigstore_bundle.proto). */
final class Bundle {

    static final String TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

    /** How the type was first written. */
    private static final String TYPE_WITH_PARAMETER =
            "application/vnd.dev.sigstore.bundle+json;version=0.3";

    private static final int MAX_CERTIFICATES = 8;
    private static final int MAX_ENTRIES = 8;
    private static final int MAX_HASHES = 63;

    private Bundle() {}

    /** The bytes of what is signed, when a bundle's signature is directly of them. */
    @FunctionalInterface
    interface Artifact {
        byte[] read() throws IOException;
    }

    /**
     * Reads one.
     *
     * @param digest of the document that it is attached to
     * @throws RefusalException when it is malformed
     * @throws io.gantry.image.manifest.InvalidImageException likewise
     */
    static SignedClaim read(byte[] json, Digest digest, Artifact artifact)
            throws RefusalException, IOException {
        JsonObject bundle = JsonObject.parse("bundle", json);
        String type = bundle.text("mediaType");
        if (!type.equals(TYPE) && !type.equals(TYPE_WITH_PARAMETER)) {
            throw new RefusalException("it is a bundle of the kind " + Reasons.shown(type));
        }
        JsonObject material = bundle.requiredObject("verificationMaterial");
        List<X509Certificate> chain = chain(material);
        List<LogEntry> entries = entries(material);
        Optional<JsonObject> envelope = bundle.object("dsseEnvelope");
        if (envelope.isPresent()) {
            return Envelope.read(envelope.get()).claim(chain, entries);
        }
        JsonObject signature = bundle.requiredObject("messageSignature");
        byte[] message = artifact.read();
        checkDigest(signature, message);
        return new SignedClaim(
                Claim.of(digest, ""),
                "",
                SignedClaim.Content.of(message),
                Encoded.bytes(signature, "signature"),
                chain,
                entries);
    }

    /** What it says of the message is of no use but to tell why a signature will not fit. */
    private static void checkDigest(JsonObject signature, byte[] message) throws RefusalException {
        Optional<JsonObject> said = signature.object("messageDigest");
        if (said.isEmpty()) {
            return;
        }
        String algorithm =
                switch (said.get().text("algorithm")) {
                    case "SHA2_256" -> "sha256";
                    case "SHA2_384" -> "sha384";
                    case "SHA2_512" -> "sha512";
                    default -> "";
                };
        String hex = HexFormat.of().formatHex(Encoded.bytes(said.get(), "digest"));
        if (!algorithm.isEmpty() && !Hashes.matches(algorithm, hex, message)) {
            throw new RefusalException("it is of a document of another digest");
        }
    }

    private static List<X509Certificate> chain(JsonObject material) throws RefusalException {
        List<JsonObject> certificates = new ArrayList<>();
        material.object("certificate").ifPresent(certificates::add);
        if (certificates.isEmpty()) {
            material.object("x509CertificateChain")
                    .ifPresent(chain -> certificates.addAll(chain.objects("certificates")));
        }
        checkCount("certificates", certificates.size(), MAX_CERTIFICATES);
        List<X509Certificate> chain = new ArrayList<>();
        for (JsonObject certificate : certificates) {
            try {
                chain.add(Pem.certificate(Encoded.bytes(certificate, "rawBytes")));
            } catch (CertificateException e) {
                throw new RefusalException("its certificate is malformed", e);
            }
        }
        return chain;
    }

    private static List<LogEntry> entries(JsonObject material) throws RefusalException {
        List<JsonObject> found = material.objects("tlogEntries");
        checkCount("log entries", found.size(), MAX_ENTRIES);
        List<LogEntry> entries = new ArrayList<>();
        for (JsonObject entry : found) {
            entries.add(entry(entry));
        }
        return entries;
    }

    private static LogEntry entry(JsonObject entry) throws RefusalException {
        Optional<JsonObject> promise = entry.object("inclusionPromise");
        Optional<JsonObject> proof = entry.object("inclusionProof");
        byte[] log = Encoded.bytes(entry.requiredObject("logId"), "keyId");
        try {
            return new LogEntry(
                    Encoded.bytes(entry, "canonicalizedBody"),
                    Instant.ofEpochSecond(Encoded.number(entry, "integratedTime")),
                    Encoded.number(entry, "logIndex"),
                    HexFormat.of().formatHex(log),
                    promise.isPresent()
                            ? Encoded.bytes(promise.get(), "signedEntryTimestamp")
                            : new byte[0],
                    proof.isPresent() ? Optional.of(inclusion(proof.get())) : Optional.empty());
        } catch (DateTimeException e) {
            throw new RefusalException("its log entry has no time", e);
        }
    }

    private static LogEntry.Inclusion inclusion(JsonObject proof) throws RefusalException {
        List<String> texts = proof.texts("hashes");
        checkCount("hashes in a proof", texts.size(), MAX_HASHES);
        List<byte[]> hashes = new ArrayList<>();
        for (String text : texts) {
            hashes.add(Encoded.decode("hashes", text));
        }
        return new LogEntry.Inclusion(
                Encoded.number(proof, "logIndex"),
                Encoded.number(proof, "treeSize"),
                Encoded.bytes(proof, "rootHash"),
                hashes,
                proof.object("checkpoint").map(c -> c.text("envelope")).orElse(""));
    }

    private static void checkCount(String what, int count, int most) throws RefusalException {
        if (count > most) {
            throw new RefusalException("it comes with " + count + " " + what);
        }
    }

    /** A digest that somebody else wrote. */
    static Digest digest(String algorithm, String hex) throws RefusalException {
        try {
            return Digest.parse(algorithm + ":" + hex);
        } catch (InvalidArgumentException e) {
            throw new RefusalException("it has an " + Reasons.shown(e.getMessage()), e);
        }
    }
}
