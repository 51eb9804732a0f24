package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Ingest;
import io.gantry.image.registry.Fetcher;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A blob as it arrives, stored on its way: first the part that an earlier attempt left, then the
 * rest from the registry. Not thread-safe.
 */
final class IngestingStream extends InputStream {

    private final Fetcher fetcher;
    private final Ingest ingest;
    private final Descriptor descriptor;
    private final PullListener listener;
    private @Nullable InputStream written;
    private @Nullable InputStream arriving;
    private long received;

    IngestingStream(Fetcher fetcher, Ingest ingest, Descriptor descriptor, PullListener listener)
            throws IOException {
        this.fetcher = fetcher;
        this.ingest = ingest;
        this.descriptor = descriptor;
        this.listener = listener;
        this.written = ingest.openWritten();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = readWritten(target, offset, length);
        if (count <= 0) {
            count = rest().read(target, offset, length);
            if (count > 0) {
                ingest.write(target, offset, count);
            }
        }
        if (count > 0) {
            received += count;
            listener.received(descriptor, received);
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        try {
            if (written != null) {
                written.close();
            }
        } finally {
            if (arriving != null) {
                arriving.close();
            }
        }
    }

    private int readWritten(byte[] target, int offset, int length) throws IOException {
        if (written == null) {
            return -1;
        }
        int count = written.read(target, offset, length);
        if (count < 0) {
            written.close();
            written = null;
        }
        return count;
    }

    private InputStream rest() {
        if (arriving == null) {
            // Progress is counted here, the stored part included.
            arriving = fetcher.openBlobFrom(descriptor, received, count -> {});
        }
        return arriving;
    }
}
