package io.gantry.image.content;

import java.io.IOException;

/**
 * A blob on its way into a {@link ContentStore} whose digest nobody knows before its end. Used by
 * one thread; closed by whoever opened it. What is not committed is gone when it is closed.
 */
public interface Intake extends AutoCloseable {

    /** Appends. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Bytes written so far. */
    long written();

    /** Ends the writing and says what the blob's name is. */
    Digest digest() throws IOException;

    /**
     * Makes the blob visible; one that is there already stays. Who must not lose it to a collection
     * holds its digest under lease before.
     */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
