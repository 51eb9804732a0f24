package io.gantry.image.trust;

import io.gantry.image.content.Digest;
import io.gantry.image.manifest.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * A signed statement: an envelope (DSSE) around a statement of in-toto about subjects.
 *
 * @param type of the payload
 */
@SuppressWarnings("ArrayRecordComponent") // looked at once, never compared
record Envelope(String type, byte[] payload, byte[] signature) {

    private static final String STATEMENT = "application/vnd.in-toto+json";
    private static final String STATEMENTS = "https://in-toto.io/Statement/";
    private static final int MAX_SUBJECTS = 1024;

    /**
     * Reads one.
     *
     * @throws RefusalException when it is none, or has several signatures
     */
    static Envelope read(JsonObject json) throws RefusalException {
        List<JsonObject> signatures = json.objects("signatures");
        if (signatures.size() != 1) {
            throw new RefusalException(
                    "its envelope has " + signatures.size() + " signatures, not one");
        }
        Envelope envelope =
                new Envelope(
                        json.text("payloadType"),
                        Encoded.bytes(json, "payload"),
                        Encoded.bytes(signatures.getFirst(), "sig"));
        if (!envelope.type.equals(STATEMENT)) {
            throw new RefusalException(
                    "its envelope holds the type " + Reasons.shown(envelope.type));
        }
        return envelope;
    }

    /** What it says, with what came along. */
    SignedClaim claim(List<X509Certificate> chain, List<LogEntry> entries) throws RefusalException {
        JsonObject statement = JsonObject.parse("statement", payload);
        String kind = statement.text("_type");
        if (!kind.startsWith(STATEMENTS)) {
            throw new RefusalException("it is a statement of the kind " + Reasons.shown(kind));
        }
        return new SignedClaim(
                subjects(statement),
                statement.requiredText("predicateType"),
                new SignedClaim.Content(signed(), payload),
                signature,
                chain,
                entries);
    }

    private static Claim subjects(JsonObject statement) throws RefusalException {
        List<JsonObject> listed = statement.objects("subject");
        if (listed.size() > MAX_SUBJECTS) {
            throw new RefusalException("it is about " + listed.size() + " subjects");
        }
        List<Claim.Subject> subjects = new ArrayList<>();
        for (JsonObject subject : listed) {
            JsonObject digests = subject.requiredObject("digest");
            for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
                String hex = digests.text(algorithm.label());
                if (!hex.isEmpty()) {
                    subjects.add(
                            new Claim.Subject(
                                    Bundle.digest(algorithm.label(), hex), subject.text("name")));
                }
            }
        }
        return new Claim(subjects);
    }

    /** What the signature is of: DSSE's "pre-authentication encoding". */
    private byte[] signed() {
        byte[] typeBytes = type.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String head = "DSSEv1 " + typeBytes.length + " " + type + " " + payload.length + " ";
        out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(payload);
        return out.toByteArray();
    }
}
