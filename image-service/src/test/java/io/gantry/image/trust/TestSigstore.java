package io.gantry.image.trust;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.trust.TestCertificates.Authority;
import io.gantry.image.trust.TestCertificates.Contents;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * A whole instance of Sigstore in memory: authorities, a log of signatures, one of certificates.
 */
final class TestSigstore {

    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final Authority root;
    final Authority intermediate;
    final KeyPair rekor = TestCertificates.keys();
    final KeyPair certificateLog = TestCertificates.keys();

    TestSigstore() throws Exception {
        Instant from = NOW.minus(Duration.ofDays(1000));
        Instant to = NOW.plus(Duration.ofDays(1000));
        root = TestCertificates.authority("root", null, from, to);
        intermediate = TestCertificates.authority("intermediate", root, from, to);
    }

    /** Somebody who may sign for ten minutes. */
    record Signer(KeyPair keys, X509Certificate certificate) {}

    Signer signer(Identity identity) throws Exception {
        return signer(identity, TestCertificates.CODE_SIGNING, false);
    }

    Signer signer(Identity identity, String use, boolean logged) throws Exception {
        KeyPair keys = TestCertificates.keys();
        Contents contents =
                new Contents(
                        "",
                        keys.getPublic(),
                        NOW,
                        NOW.plus(Duration.ofMinutes(10)),
                        TestCertificates.fulcio(identity, use));
        return new Signer(
                keys,
                TestCertificates.issue(
                        intermediate, logged ? contents.with(promise(contents)) : contents));
    }

    /** The log's word that it will list a certificate (RFC 6962, section 3.2). */
    private byte[] promise(Contents contents) throws GeneralSecurityException {
        byte[] toBeSigned = TestCertificates.toBeSigned(intermediate.name(), contents);
        byte[] issuer = sha256(intermediate.keys().getPublic().getEncoded());
        long time = NOW.toEpochMilli();
        byte[] length = {
            (byte) (toBeSigned.length >>> 16),
            (byte) (toBeSigned.length >>> 8),
            (byte) toBeSigned.length
        };
        byte[] signed =
                TestCertificates.join(
                        new byte[] {0, 0},
                        number(time),
                        new byte[] {0, 1},
                        issuer,
                        length,
                        toBeSigned,
                        new byte[2]);
        byte[] signature = TestCertificates.sign(certificateLog.getPrivate(), signed);
        byte[] id = sha256(certificateLog.getPublic().getEncoded());
        byte[] promise =
                TestCertificates.join(
                        new byte[1],
                        id,
                        number(time),
                        new byte[2],
                        new byte[] {4, 3},
                        length(signature),
                        signature);
        byte[] one = TestCertificates.join(length(promise), promise);
        byte[] list = Der.of(Der.OCTET_STRING, TestCertificates.join(length(one), one)).encoded();
        return TestCertificates.extension("1.3.6.1.4.1.11129.2.4.2", false, list);
    }

    /** Body of an entry as cosign makes one for a signature of {@code message}. */
    static byte[] hashedRekord(byte[] message, byte[] signature, String verifier) {
        String json =
                "{\"apiVersion\":\"0.0.1\",\"kind\":\"hashedrekord\",\"spec\":{\"data\":{\"hash\":"
                        + "{\"algorithm\":\"sha256\",\"value\":\""
                        + HexFormat.of().formatHex(sha256(message))
                        + "\"}},\"signature\":{\"content\":\""
                        + base64(signature)
                        + "\",\"publicKey\":{\"content\":\""
                        + base64(verifier.getBytes(StandardCharsets.UTF_8))
                        + "\"}}}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    /** The same of an envelope. */
    static byte[] dsse(byte[] payload, byte[] signature, String verifier) {
        String json =
                "{\"apiVersion\":\"0.0.1\",\"kind\":\"dsse\",\"spec\":{\"envelopeHash\":"
                        + "{\"algorithm\":\"sha256\",\"value\":\"00\"},\"payloadHash\":"
                        + "{\"algorithm\":\"sha256\",\"value\":\""
                        + HexFormat.of().formatHex(sha256(payload))
                        + "\"},\"signatures\":[{\"signature\":\""
                        + base64(signature)
                        + "\",\"verifier\":\""
                        + base64(verifier.getBytes(StandardCharsets.UTF_8))
                        + "\"}]}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    /** The log's word for an entry: body, time, id and number, in canonical JSON. */
    byte[] promise(byte[] body, Instant at, long index) throws GeneralSecurityException {
        String json =
                "{\"body\":\""
                        + base64(body)
                        + "\",\"integratedTime\":"
                        + at.getEpochSecond()
                        + ",\"logID\":\""
                        + logId()
                        + "\",\"logIndex\":"
                        + index
                        + "}";
        return TestCertificates.sign(rekor.getPrivate(), json.getBytes(StandardCharsets.UTF_8));
    }

    String logId() {
        return HexFormat.of().formatHex(sha256(rekor.getPublic().getEncoded()));
    }

    /** An entry in the words of cosign's annotation. */
    ObjectNode annotation(byte[] body, Instant at) throws GeneralSecurityException {
        ObjectNode bundle = MAPPER.createObjectNode();
        bundle.put("SignedEntryTimestamp", base64(promise(body, at, 7)));
        bundle.putObject("Payload")
                .put("body", base64(body))
                .put("integratedTime", at.getEpochSecond())
                .put("logIndex", 7)
                .put("logID", logId());
        return bundle;
    }

    /** An entry in the words of a bundle, third of five in the log's tree. */
    ObjectNode entry(byte[] body, Instant at) throws GeneralSecurityException {
        ObjectNode entry = MAPPER.createObjectNode();
        entry.put("logIndex", "7");
        entry.putObject("logId").put("keyId", base64(HexFormat.of().parseHex(logId())));
        entry.putObject("kindVersion").put("kind", "any").put("version", "0.0.1");
        entry.put("integratedTime", Long.toString(at.getEpochSecond()));
        entry.putObject("inclusionPromise")
                .put("signedEntryTimestamp", base64(promise(body, at, 7)));
        entry.put("canonicalizedBody", base64(body));
        byte[] first = node(leaf(new byte[] {1}), leaf(new byte[] {2}));
        byte[] neighbour = leaf(new byte[] {4});
        byte[] last = leaf(new byte[] {5});
        byte[] tree = node(node(first, node(leaf(body), neighbour)), last);
        ObjectNode proof = entry.putObject("inclusionProof");
        proof.put("logIndex", "2").put("treeSize", "5").put("rootHash", base64(tree));
        proof.putArray("hashes").add(base64(neighbour)).add(base64(first)).add(base64(last));
        proof.putObject("checkpoint").put("envelope", checkpoint(rekor, 5, tree));
        return entry;
    }

    /** A log's note of its tree. */
    static String checkpoint(KeyPair log, long size, byte[] tree) throws GeneralSecurityException {
        String text = "rekor.test - 1\n" + size + "\n" + base64(tree) + "\n";
        byte[] signature =
                TestCertificates.sign(log.getPrivate(), text.getBytes(StandardCharsets.UTF_8));
        byte[] hint = new byte[4];
        ByteBuffer.wrap(sha256(log.getPublic().getEncoded())).get(hint);
        return text
                + "\n\u2014 rekor.test "
                + base64(TestCertificates.join(hint, signature))
                + "\n";
    }

    List<X509Certificate> fulcio() {
        return List.of(intermediate.certificate(), root.certificate());
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] leaf(byte[] entry) {
        return sha256(TestCertificates.join(new byte[] {0}, entry));
    }

    private static byte[] node(byte[] left, byte[] right) {
        return sha256(TestCertificates.join(new byte[] {1}, left, right));
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    private static byte[] length(byte[] bytes) {
        return new byte[] {(byte) (bytes.length >>> 8), (byte) bytes.length};
    }
}
