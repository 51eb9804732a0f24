package io.gantry.image.layer;

/**
 * What one layer may cost. The free space of the file system is a bound on top of these.
 *
 * @param maxEntries number of entries
 * @param maxBytes sum of the sizes that file headers claim, holes included
 * @param maxRatio unpacked bytes for each packed one, once {@code ratioFloor} bytes are unpacked;
 *     gzip cannot do better than 1032, and what comes near holds nothing but one byte
 * @param ratioFloor unpacked bytes that are taken whatever the ratio
 * @param maxHeaderBytes size of one extended header (PAX records, GNU long name)
 */
public record LayerLimits(
        long maxEntries, long maxBytes, long maxRatio, long ratioFloor, int maxHeaderBytes) {

    private static final long MIB = 1L << 20;

    public LayerLimits {
        if (maxEntries < 1
                || maxBytes < 1
                || maxRatio < 1
                || ratioFloor < 0
                || maxHeaderBytes < 1) {
            throw new IllegalArgumentException("layer limits must be positive");
        }
    }

    /** Generous for real images, small enough for a node to survive a hostile one. */
    public static LayerLimits defaults() {
        return new LayerLimits(4_000_000, 512L * 1024 * MIB, 500, 64 * MIB, (int) MIB);
    }

    /** The same, with no more than {@code bytes} in all. */
    LayerLimits within(long bytes) {
        return new LayerLimits(
                maxEntries,
                Math.max(1, Math.min(maxBytes, bytes)),
                maxRatio,
                ratioFloor,
                maxHeaderBytes);
    }
}
