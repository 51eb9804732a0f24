package io.gantry.image.content;

import io.gantry.base.error.DataLossException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A blob on its way into a {@link ContentStore}. Used by one thread at a time; closed by whoever
 * opened it. Closing without commit keeps what was written, for a later ingest to go on from.
 */
public interface Ingest extends AutoCloseable {

    /** Bytes that are there; more than none right after opening when an earlier one is resumed. */
    long written();

    /** Reads again, from the start, what had been written at the call; the caller closes it. */
    InputStream openWritten() throws IOException;

    /**
     * Appends.
     *
     * @throws DataLossException when the blob becomes longer than its descriptor says
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Forgets what was written. */
    void restart() throws IOException;

    /**
     * Makes the blob visible, once its size and digest are what its descriptor says.
     *
     * @throws DataLossException naming expected and got; what was written is then deleted, so that
     *     the next ingest starts afresh. Who resumed an earlier one may start over once.
     */
    void commit() throws IOException;

    /** Deletes what was written and not committed. Closing is still needed. */
    void discard() throws IOException;

    @Override
    void close() throws IOException;
}
