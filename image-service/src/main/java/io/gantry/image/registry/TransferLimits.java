package io.gantry.image.registry;

import io.gantry.base.error.InvalidArgumentException;

/**
 * How much is received at once.
 *
 * @param connectionsPerHost blobs, or ranges of blobs, received from one host at a time, over all
 *     pulls
 * @param rangesPerBlob ranges of one blob received ahead of its reader; 0: blobs come in one piece
 * @param rangeThreshold bytes from which on a blob is received in ranges, if its reader waits for
 *     the network more than the network for its reader
 * @param rangeBytes length of a range; ranges that nobody has read yet are kept in memory
 */
public record TransferLimits(
        int connectionsPerHost, int rangesPerBlob, long rangeThreshold, int rangeBytes) {

    /** Six connections a host, as browsers have; three ranges of 4 MiB ahead from 64 MiB on. */
    public static final TransferLimits DEFAULT = new TransferLimits(6, 3, 64L << 20, 4 << 20);

    /** Ranges in memory over all pulls. */
    static final int MAX_RANGES = 4;

    public TransferLimits {
        if (connectionsPerHost < 1 || rangesPerBlob < 0 || rangeBytes < 1) {
            throw new InvalidArgumentException(
                    "limits of transfers are not possible: "
                            + connectionsPerHost
                            + " connections, "
                            + rangesPerBlob
                            + " ranges of "
                            + rangeBytes
                            + " bytes");
        }
    }
}
