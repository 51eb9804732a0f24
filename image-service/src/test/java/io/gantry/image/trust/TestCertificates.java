package io.gantry.image.trust;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes real certificates, which the JDK only reads, and real keys. */
final class TestCertificates {

    static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    static final String SERVER = "1.3.6.1.5.5.7.3.1";

    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final byte[] ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"));

    private TestCertificates() {}

    /** What a certificate says. */
    record Contents(
            String subject, PublicKey key, Instant from, Instant to, List<byte[]> extensions) {
        Contents with(byte[] extension) {
            List<byte[]> more = new ArrayList<>(extensions);
            more.add(extension);
            return new Contents(subject, key, from, to, more);
        }
    }

    /** An authority. */
    record Authority(String name, KeyPair keys, X509Certificate certificate) {}

    /** Who signs certificates. */
    private record Issuer(String name, PrivateKey key) {}

    static KeyPair ecKeys(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    static KeyPair keys() throws GeneralSecurityException {
        return ecKeys("secp256r1");
    }

    static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
        return sign("SHA256withECDSA", key, message);
    }

    static byte[] sign(String algorithm, PrivateKey key, byte[] message)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(message);
        return signature.sign();
    }

    static String pem(PublicKey key) {
        return pem("PUBLIC KEY", key.getEncoded());
    }

    static String pem(X509Certificate certificate) throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate.getEncoded());
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN "
                + what
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END "
                + what
                + "-----\n";
    }

    /** An authority below another; null: a root. */
    static Authority authority(String name, @Nullable Authority above, Instant from, Instant to)
            throws Exception {
        KeyPair keys = keys();
        byte[] isAuthority = seq(Der.of(0x01, new byte[] {(byte) 0xff}).encoded());
        byte[] mayIssue = Der.of(0x03, new byte[] {1, 6}).encoded();
        Contents contents =
                new Contents(
                        name,
                        keys.getPublic(),
                        from,
                        to,
                        List.of(
                                extension("2.5.29.19", true, isAuthority),
                                extension("2.5.29.15", true, mayIssue)));
        Issuer issuer =
                above == null
                        ? new Issuer(name, keys.getPrivate())
                        : new Issuer(above.name, above.keys.getPrivate());
        return new Authority(name, keys, issue(issuer, contents));
    }

    /** The extensions of a certificate that Fulcio issues. */
    static List<byte[]> fulcio(Identity identity, String use) {
        int kind = identity.subject().contains("://") ? 0x86 : 0x81;
        byte[] name = seq(Der.of(kind, ascii(identity.subject())).encoded());
        byte[] issuer = Der.of(Der.UTF8_STRING, ascii(identity.issuer())).encoded();
        return List.of(
                extension("2.5.29.15", true, Der.of(0x03, new byte[] {7, (byte) 0x80}).encoded()),
                extension("2.5.29.37", false, seq(oid(use))),
                extension("2.5.29.17", true, name),
                extension("1.3.6.1.4.1.57264.1.1", false, ascii(identity.issuer())),
                extension("1.3.6.1.4.1.57264.1.8", false, issuer));
    }

    static X509Certificate issue(Authority authority, Contents contents) throws Exception {
        return issue(new Issuer(authority.name, authority.keys.getPrivate()), contents);
    }

    private static X509Certificate issue(Issuer authority, Contents contents) throws Exception {
        byte[] toBeSigned = toBeSigned(authority.name, contents);
        byte[] signature = sign(authority.key, toBeSigned);
        byte[] der =
                seq(toBeSigned, ECDSA_SHA256, Der.of(0x03, join(new byte[1], signature)).encoded());
        return Pem.certificate(der);
    }

    /** The part of a certificate that is signed. */
    static byte[] toBeSigned(String issuer, Contents contents) {
        return seq(
                Der.of(0xa0, Der.of(0x02, new byte[] {2}).encoded()).encoded(),
                Der.of(0x02, BigInteger.valueOf(4711).toByteArray()).encoded(),
                ECDSA_SHA256,
                name(issuer),
                seq(time(contents.from), time(contents.to)),
                name(contents.subject),
                contents.key.getEncoded(),
                Der.of(0xa3, seq(contents.extensions.toArray(new byte[0][]))).encoded());
    }

    static byte[] extension(String id, boolean critical, byte[] value) {
        byte[] wrapped = Der.of(Der.OCTET_STRING, value).encoded();
        return critical
                ? seq(oid(id), Der.of(0x01, new byte[] {(byte) 0xff}).encoded(), wrapped)
                : seq(oid(id), wrapped);
    }

    private static byte[] name(String text) {
        return text.isEmpty()
                ? seq()
                : seq(
                        Der.of(
                                        0x31,
                                        seq(
                                                oid("2.5.4.3"),
                                                Der.of(Der.UTF8_STRING, ascii(text)).encoded()))
                                .encoded());
    }

    private static byte[] time(Instant at) {
        return Der.of(0x17, ascii(UTC_TIME.format(at))).encoded();
    }

    private static byte[] seq(byte[]... parts) {
        return Der.of(Der.SEQUENCE, join(parts)).encoded();
    }

    private static byte[] oid(String dotted) {
        int[] arcs = Arrays.stream(dotted.split("\\.", -1)).mapToInt(Integer::parseInt).toArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(arcs[0] * 40 + arcs[1]);
        for (int i = 2; i < arcs.length; i++) {
            for (int shift = 28; shift > 0; shift -= 7) {
                if (arcs[i] >>> shift != 0) {
                    out.write(0x80 | (arcs[i] >>> shift));
                }
            }
            out.write(arcs[i] & 0x7f);
        }
        return Der.of(Der.OBJECT_ID, out.toByteArray()).encoded();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
