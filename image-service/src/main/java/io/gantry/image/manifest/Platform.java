package io.gantry.image.manifest;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * What an image runs on, in Go's words (OCI image-spec image-index.md); spellings that are in use
 * for the same thing are made one.
 *
 * @param os as linux
 * @param architecture as amd64, arm64
 * @param variant level within the architecture, as v7; empty: its base (amd64 v1, arm64 v8). Of
 *     arm, it is never empty, and v7 unless said otherwise
 * @param osVersion of Windows images; else empty
 * @param osFeatures of Windows images; else empty
 */
public record Platform(
        String os, String architecture, String variant, String osVersion, List<String> osFeatures) {

    public Platform {
        os = os.toLowerCase(Locale.ROOT);
        String spelled = architecture.toLowerCase(Locale.ROOT);
        architecture = architectureOf(spelled);
        variant = variantOf(architecture, spelled, variant.toLowerCase(Locale.ROOT));
        osFeatures = List.copyOf(osFeatures);
    }

    /** A platform without version and features. */
    public static Platform of(String os, String architecture, String variant) {
        return new Platform(os, architecture, variant, "", List.of());
    }

    /** Linux on the processor that this JVM runs on, at its architecture's base level. */
    public static Platform host() {
        return of("linux", System.getProperty("os.arch", ""), "");
    }

    /** Whether this is how builders mark attestations: manifests that are no images. */
    public boolean isUnknown() {
        return os.equals("unknown") || architecture.equals("unknown");
    }

    /**
     * How well an image of this platform serves {@code host}: 0 is best, more is worse, empty: not
     * at all. A processor runs images of its own level and lower ones; amd64 also 386, arm64 also
     * arm.
     */
    public OptionalInt distanceFrom(Platform host) {
        if (!os.equals(host.os)) {
            return OptionalInt.empty();
        }
        if (architecture.equals(host.architecture)) {
            return distance(host.level(), level(), 0);
        }
        if (host.architecture.equals("amd64") && architecture.equals("386")) {
            return OptionalInt.of(CROSS_ARCHITECTURE);
        }
        if (host.architecture.equals("arm64") && architecture.equals("arm")) {
            return distance(ARM64_AS_ARM, level(), CROSS_ARCHITECTURE);
        }
        return OptionalInt.empty();
    }

    /** As {@code linux/arm64/v8}. */
    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }

    private static final int CROSS_ARCHITECTURE = 10_000;
    private static final int MINOR = 100;
    private static final int ARM64_AS_ARM = 8 * MINOR;

    private static OptionalInt distance(int host, int image, int base) {
        return image >= 0 && image <= host
                ? OptionalInt.of(base + host - image)
                : OptionalInt.empty();
    }

    /** The variant as a number, v8.1 as 801; −1 when it is none. */
    private int level() {
        String text = variant.isEmpty() ? baseVariant(architecture) : variant;
        if (text.isEmpty()) {
            return 0;
        }
        int dot = text.indexOf('.');
        String major = dot < 0 ? text.substring(1) : text.substring(1, dot);
        String minor = dot < 0 ? "0" : text.substring(dot + 1);
        if (text.charAt(0) != 'v' || !isSmallNumber(major) || !isSmallNumber(minor)) {
            return -1;
        }
        return Integer.parseInt(major) * MINOR + Integer.parseInt(minor);
    }

    private static boolean isSmallNumber(String text) {
        return !text.isEmpty()
                && text.length() <= 2
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String baseVariant(String architecture) {
        return switch (architecture) {
            case "amd64" -> "v1";
            case "arm64" -> "v8";
            case "arm" -> "v7";
            default -> "";
        };
    }

    private static String architectureOf(String spelled) {
        return switch (spelled) {
            case "x86_64", "x86-64" -> "amd64";
            case "i386", "i486", "i586", "i686", "x86" -> "386";
            case "aarch64" -> "arm64";
            case "armhf", "armel" -> "arm";
            default -> spelled;
        };
    }

    private static String variantOf(String architecture, String spelled, String variant) {
        if (spelled.equals("armel")) {
            return "v6";
        }
        String full =
                !variant.isEmpty() && Character.isDigit(variant.charAt(0))
                        ? "v" + variant
                        : variant;
        String base = baseVariant(architecture);
        boolean isBase = full.isEmpty() || full.equals(base) || full.equals(base + ".0");
        if (base.isEmpty() || !isBase) {
            return full;
        }
        return architecture.equals("arm") ? base : "";
    }
}
