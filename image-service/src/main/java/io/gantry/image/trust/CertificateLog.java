package io.gantry.image.trust;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Certificate transparency (RFC 6962): an authority cannot issue certificates unseen if each must
 * carry the promise of a log to list it.
 */
final class CertificateLog {

    /** Extension that holds the promises of logs. */
    private static final String PROMISES = "1.3.6.1.4.1.11129.2.4.2";

    private static final byte[] PROMISES_ID = HexFormat.of().parseHex("060a2b06010401d679020402");

    private static final int EXTENSIONS = 0xa3;
    private static final int VERSION_1 = 0;
    private static final int LOG_ID_BYTES = 32;

    /** Version, time and the length of extensions, beside log and signature. */
    private static final int MIN_BYTES = 1 + LOG_ID_BYTES + 8 + 2 + 4;

    private final TrustRoot root;

    CertificateLog(TrustRoot root) {
        this.root = root;
    }

    /**
     * Checks that a log that is believed has promised to list a certificate.
     *
     * @param authority who issued it
     * @throws RefusalException when none has
     */
    void check(X509Certificate certificate, X509Certificate authority) throws RefusalException {
        byte[] signedPart = withoutPromises(certificate);
        byte[] issuer = Hashes.sha256().digest(authority.getPublicKey().getEncoded());
        for (byte[] promise : promises(certificate)) {
            if (isKept(promise, issuer, signedPart)) {
                return;
            }
        }
        throw new RefusalException(
                "its certificate has no promise of a certificate log of root " + root.name());
    }

    private boolean isKept(byte[] promise, byte[] issuer, byte[] certificate) {
        if (promise.length < MIN_BYTES || promise[0] != VERSION_1) {
            return false;
        }
        ByteBuffer in = ByteBuffer.wrap(promise);
        byte[] log = new byte[LOG_ID_BYTES];
        in.get(1, log);
        in.position(1 + LOG_ID_BYTES);
        long time = in.getLong();
        int extensionBytes = in.getShort() & 0xffff;
        if (in.remaining() < extensionBytes + 4) {
            return false;
        }
        byte[] extensions = new byte[extensionBytes];
        in.get(extensions);
        // Hash and signature algorithm are those of the log's key.
        in.getShort();
        int signatureBytes = in.getShort() & 0xffff;
        if (in.remaining() != signatureBytes) {
            return false;
        }
        byte[] signature = new byte[signatureBytes];
        in.get(signature);
        Optional<LogKey> key = root.ctLog(HexFormat.of().formatHex(log));
        return key.isPresent()
                && Signatures.verify(
                        key.get().key(), signed(time, issuer, certificate, extensions), signature);
    }

    /** What a log signs of a certificate-to-be (section 3.2). */
    private static byte[] signed(long time, byte[] issuer, byte[] certificate, byte[] extensions) {
        ByteBuffer out =
                ByteBuffer.allocate(
                        12 + issuer.length + 3 + certificate.length + 2 + extensions.length);
        out.put((byte) VERSION_1);
        out.put((byte) 0);
        out.putLong(time);
        out.putShort((short) 1);
        out.put(issuer);
        out.put((byte) (certificate.length >>> 16));
        out.putShort((short) certificate.length);
        out.put(certificate);
        out.putShort((short) extensions.length);
        out.put(extensions);
        return out.array();
    }

    private static List<byte[]> promises(X509Certificate certificate) throws RefusalException {
        byte[] extension = certificate.getExtensionValue(PROMISES);
        if (extension == null) {
            return List.of();
        }
        byte[] value = Der.of(extension).expect(Der.OCTET_STRING).content();
        byte[] list = Der.of(value).expect(Der.OCTET_STRING).content();
        List<byte[]> promises = new ArrayList<>();
        int at = 2;
        while (at + 2 <= list.length) {
            int length = ((list[at] & 0xff) << 8) | (list[at + 1] & 0xff);
            at += 2;
            promises.add(Arrays.copyOfRange(list, at, Math.min(list.length, at + length)));
            at += length;
        }
        return promises;
    }

    /** The part of a certificate that its authority signs, as it was before promises came in. */
    private static byte[] withoutPromises(X509Certificate certificate) throws RefusalException {
        Der signedPart;
        try {
            signedPart = Der.of(certificate.getTBSCertificate()).expect(Der.SEQUENCE);
        } catch (CertificateEncodingException e) {
            throw new RefusalException("its certificate is malformed", e);
        }
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        for (Der field : signedPart.children()) {
            fields.writeBytes(field.tag() == EXTENSIONS ? otherExtensions(field) : field.encoded());
        }
        return Der.of(Der.SEQUENCE, fields.toByteArray()).encoded();
    }

    private static byte[] otherExtensions(Der field) throws RefusalException {
        ByteArrayOutputStream others = new ByteArrayOutputStream();
        for (Der extension : Der.of(field.content()).expect(Der.SEQUENCE).children()) {
            byte[] id = extension.children().getFirst().expect(Der.OBJECT_ID).encoded();
            if (!Arrays.equals(id, PROMISES_ID)) {
                others.writeBytes(extension.encoded());
            }
        }
        byte[] sequence = Der.of(Der.SEQUENCE, others.toByteArray()).encoded();
        return Der.of(EXTENSIONS, sequence).encoded();
    }
}
