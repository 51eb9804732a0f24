package io.gantry.image.trust;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;

/**
 * Signatures by the keys that Sigstore's tools make: ECDSA over NIST's curves, RSA with PKCS #1
 * v1.5, Ed25519.
 */
final class Signatures {

    private static final int MIN_RSA_BITS = 2048;

    private Signatures() {}

    /** Whether a key may be used at all. */
    static boolean isUsable(PublicKey key) {
        return !algorithms(key).isEmpty();
    }

    /** Whether {@code signature} is one of {@code message}; one that is malformed is not. */
    static boolean verify(PublicKey key, byte[] message, byte[] signature) {
        return algorithms(key).stream().anyMatch(name -> verify(name, key, message, signature));
    }

    private static boolean verify(String name, PublicKey key, byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance(name);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            // What cannot even be read is no signature.
            return false;
        }
    }

    /** Cosign hashes by SHA-256 whatever the curve, bundles by the hash that fits the curve. */
    private static List<String> algorithms(PublicKey key) {
        return switch (key) {
            case ECPublicKey ec -> ofCurve(ec.getParams().getOrder().bitLength());
            case RSAPublicKey rsa when rsa.getModulus().bitLength() >= MIN_RSA_BITS ->
                    List.of("SHA256withRSA");
            case EdECPublicKey ed when ed.getParams().getName().equals("Ed25519") ->
                    List.of("Ed25519");
            default -> List.of();
        };
    }

    private static List<String> ofCurve(int bits) {
        return switch (bits) {
            case 256 -> List.of("SHA256withECDSA");
            case 384 -> List.of("SHA384withECDSA", "SHA256withECDSA");
            case 521 -> List.of("SHA512withECDSA", "SHA256withECDSA");
            default -> List.of();
        };
    }
}
