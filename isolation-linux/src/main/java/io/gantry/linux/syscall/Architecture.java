package io.gantry.linux.syscall;

import java.util.Locale;

/** The machines that Gantry runs on. */
public enum Architecture {
    X86_64("amd64"),
    AARCH64("arm64");

    private static final Architecture CURRENT = of(System.getProperty("os.arch", ""));

    private final String ociName;

    Architecture(String ociName) {
        this.ociName = ociName;
    }

    /**
     * The machine that this JVM runs on.
     *
     * @throws UnsupportedOperationException on any other, when first used
     */
    public static Architecture current() {
        return CURRENT;
    }

    private static Architecture of(String osArch) {
        return switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64", "arm64" -> AARCH64;
            default ->
                    throw new UnsupportedOperationException(
                            "machine " + osArch + " is not supported: x86_64 and aarch64 are");
        };
    }

    /** The name in OCI platforms: amd64 or arm64. */
    public String ociName() {
        return ociName;
    }
}
