package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;
import java.io.InputStream;
import java.util.List;

/** A blob that is pushed; told how it goes by the threads that send it. */
public interface OutgoingBlob {

    /** What it is. */
    Descriptor descriptor();

    /** Repositories of the same registry that may have it, the most promising first. */
    List<String> mountSources();

    /**
     * Makes the bytes be at hand. Called at most once, before they are first read, and not at all
     * when the registry has them.
     */
    void prepare();

    /**
     * Opens the bytes; the caller closes the stream.
     *
     * @param offset bytes that are not wanted again
     * @throws io.gantry.base.error.ServiceException when they cannot be read
     */
    InputStream open(long offset);

    /**
     * Bytes were sent.
     *
     * @param sent in all so far; goes back when the registry got less than was sent
     */
    void sent(long sent);
}
