package io.gantry.image.trust;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;

/** Statements of in-toto in envelopes. */
final class TestStatements {

    private static final String TYPE = "application/vnd.in-toto+json";

    private TestStatements() {}

    static byte[] statement(String predicate, Digest digest, String name) {
        ObjectNode statement = TestRepository.MAPPER.createObjectNode();
        statement.put("_type", "https://in-toto.io/Statement/v1").put("predicateType", predicate);
        ObjectNode subject = statement.putArray("subject").addObject();
        if (!name.isEmpty()) {
            subject.put("name", name);
        }
        subject.putObject("digest").put("sha256", digest.hex());
        statement.putObject("predicate");
        return statement.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Puts a statement, signed, into a bundle. */
    static ObjectNode sign(ObjectNode bundle, byte[] statement, PrivateKey key)
            throws GeneralSecurityException {
        ObjectNode envelope = bundle.putObject("dsseEnvelope");
        envelope.put("payload", TestSigstore.base64(statement)).put("payloadType", TYPE);
        envelope.putArray("signatures")
                .addObject()
                .put("sig", TestSigstore.base64(signature(statement, key)));
        return bundle;
    }

    static byte[] signature(byte[] statement, PrivateKey key) throws GeneralSecurityException {
        String head = "DSSEv1 " + TYPE.length() + " " + TYPE + " " + statement.length + " ";
        return TestCertificates.sign(
                key, TestCertificates.join(head.getBytes(StandardCharsets.UTF_8), statement));
    }
}
