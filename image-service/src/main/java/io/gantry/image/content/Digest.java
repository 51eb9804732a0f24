package io.gantry.image.content;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.LibcryptoDigest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The name of a blob: the hash of its bytes, as {@code sha256:<64 hex digits>} (OCI image-spec,
 * descriptor.md). A value of this type is well-formed, so it may name a file.
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {

    /** The algorithms that the specification registers and this engine verifies. */
    public enum Algorithm {
        SHA256("sha256", "SHA-256", 64),
        SHA512("sha512", "SHA-512", 128);

        private final String label;
        private final String jcaName;
        private final int hexLength;

        Algorithm(String label, String jcaName, int hexLength) {
            this.label = label;
            this.jcaName = jcaName;
            this.hexLength = hexLength;
        }

        /** As it stands before the colon. */
        public String label() {
            return label;
        }

        /**
         * A fresh hash function for a stream, fast from the first byte where OpenSSL is installed;
         * not thread-safe.
         */
        public MessageDigest newHash() {
            return LibcryptoDigest.of(jcaName).orElseGet(this::newJdkHash);
        }

        /** The same by the JDK itself, as where OpenSSL is not installed. */
        public MessageDigest newJdkHash() {
            try {
                return MessageDigest.getInstance(jcaName);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("the JDK lacks " + jcaName, e);
            }
        }
    }

    /**
     * @throws InvalidArgumentException when {@code hex} is not what the algorithm yields
     */
    public Digest {
        if (hex.length() != algorithm.hexLength || !isLowerHex(hex)) {
            throw new InvalidArgumentException(
                    "invalid digest \""
                            + algorithm.label
                            + ":"
                            + hex
                            + "\": "
                            + algorithm.label
                            + " takes "
                            + algorithm.hexLength
                            + " lower-case hex digits");
        }
    }

    /**
     * Reads {@code algorithm:hex}.
     *
     * @throws InvalidArgumentException naming the text, when it is malformed or of an unknown
     *     algorithm
     */
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new InvalidArgumentException(
                    "invalid digest \"" + text + "\": no algorithm before a colon");
        }
        String label = text.substring(0, colon);
        for (Algorithm algorithm : Algorithm.values()) {
            if (algorithm.label.equals(label)) {
                return new Digest(algorithm, text.substring(colon + 1));
            }
        }
        throw new InvalidArgumentException(
                "invalid digest \"" + text + "\": unknown algorithm \"" + label + "\"");
    }

    /** The SHA-256 digest of {@code bytes}. */
    public static Digest sha256(byte[] bytes) {
        return of(Algorithm.SHA256, bytes);
    }

    /** The digest of {@code bytes}. */
    public static Digest of(Algorithm algorithm, byte[] bytes) {
        return ofHash(algorithm, algorithm.newJdkHash().digest(bytes));
    }

    /** The digest of what {@code hash} has been fed; resets it. */
    public static Digest finish(Algorithm algorithm, MessageDigest hash) {
        return ofHash(algorithm, hash.digest());
    }

    private static Digest ofHash(Algorithm algorithm, byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    /** Whether {@code bytes} are the ones named. */
    public boolean matches(byte[] bytes) {
        return of(algorithm, bytes).equals(this);
    }

    @Override
    public int compareTo(Digest other) {
        int byAlgorithm = algorithm.compareTo(other.algorithm);
        return byAlgorithm != 0 ? byAlgorithm : hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return algorithm.label + ":" + hex;
    }

    private static boolean isLowerHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }
}
