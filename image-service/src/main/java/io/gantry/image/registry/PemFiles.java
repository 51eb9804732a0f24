package io.gantry.image.registry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and keys in PEM (RFC 7468); keys in PKCS #8 or, of RSA, in PKCS #1. */
final class PemFiles {

    private static final Pattern KEY =
            Pattern.compile(
                    "-----BEGIN (RSA |EC |ENCRYPTED |)PRIVATE KEY-----([^-]++)-----END",
                    Pattern.DOTALL);

    /** Version 0 and the algorithm identifier rsaEncryption: how PKCS #8 begins for RSA. */
    private static final byte[] RSA_PREFIX =
            HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private PemFiles() {}

    static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            byte[] bytes = Files.readAllBytes(file);
            for (Certificate certificate :
                    factory.generateCertificates(new ByteArrayInputStream(bytes))) {
                certificates.add((X509Certificate) certificate);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " holds a certificate that cannot be read", e);
        }
        if (certificates.isEmpty()) {
            throw new IOException(file + " holds no certificate");
        }
        return certificates;
    }

    static PrivateKey privateKey(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Matcher matcher = KEY.matcher(text);
        if (!matcher.find()) {
            throw new IOException(file + " holds no private key");
        }
        String kind = matcher.group(1);
        byte[] der = Base64.getMimeDecoder().decode(matcher.group(2));
        return switch (kind) {
            case "" -> decode(file, der);
            case "RSA " -> decode(file, wrapRsa(der));
            default ->
                    throw new IOException(
                            file
                                    + " holds a key of the kind "
                                    + kind.strip()
                                    + " PRIVATE KEY; turn it into PKCS #8: openssl pkcs8 -topk8"
                                    + " -nodes");
        };
    }

    private static PrivateKey decode(Path file, byte[] pkcs8) throws IOException {
        IOException failure =
                new IOException(file + " holds a private key that is neither RSA, EC nor EdDSA");
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    private static byte[] wrapRsa(byte[] pkcs1) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(RSA_PREFIX);
        content.write(0x04);
        writeLength(content, pkcs1.length);
        content.writeBytes(pkcs1);
        ByteArrayOutputStream pkcs8 = new ByteArrayOutputStream();
        pkcs8.write(0x30);
        writeLength(pkcs8, content.size());
        pkcs8.writeBytes(content.toByteArray());
        return pkcs8.toByteArray();
    }

    private static void writeLength(ByteArrayOutputStream out, int length) {
        if (length < 0x80) {
            out.write(length);
            return;
        }
        int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
        out.write(0x80 | bytes);
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
            out.write(length >>> shift);
        }
    }
}
