package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of a blob, as a rule all of it, that is asked for again from where it was when its
 * connection is lost. Gives up after as many losses as the policy has attempts without {@value
 * #PROGRESS_BYTES} bytes between them. Yields exactly the part's bytes or throws.
 */
final class ResumingBlobStream extends InputStream {

    private static final Logger log = LoggerFactory.getLogger(ResumingBlobStream.class);

    /** Arrivals that count as progress: less would let a peer trickle for ever. */
    private static final long PROGRESS_BYTES = 1024 * 1024;

    private final Descriptor descriptor;
    private final Opener opener;
    private final RetryPolicy policy;
    private final RegistryCaller.Patience patience;
    private final BlobProgress progress;
    private long position;
    private long end;
    private boolean partial;
    private long positionOfLastLoss;
    private int losses;
    private @Nullable InputStream body;

    /** Asks for a part of a blob. */
    @FunctionalInterface
    interface Opener {
        BlobEndpoint.Opened open(BlobEndpoint.Part part);
    }

    ResumingBlobStream(
            Descriptor descriptor,
            BlobEndpoint.Part part,
            Opener opener,
            RetryPolicy policy,
            RegistryCaller.Patience patience,
            BlobProgress progress) {
        this.descriptor = descriptor;
        this.position = part.from();
        this.positionOfLastLoss = part.from();
        this.end = part.to();
        this.opener = opener;
        this.policy = policy;
        this.patience = patience;
        this.progress = progress;
    }

    /** Opens the first connection, so that what is missing shows before the first read. */
    void connect() {
        if (position < end) {
            open();
        }
    }

    /** Whether the host has sent just what it was asked for, last time that it was. */
    boolean servesRanges() {
        return partial;
    }

    /** Goes on to another end; for a host that serves no ranges and sends the rest anyway. */
    void extendTo(long newEnd) {
        end = newEnd;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (position < end) {
            int wanted = (int) Math.min(length, end - position);
            int count = attempt(bytes, offset, wanted);
            if (count > 0) {
                position += count;
                progress.received(count);
                return count;
            }
        }
        checkNothingFollows();
        return -1;
    }

    @Override
    public void close() throws IOException {
        if (body != null) {
            body.close();
        }
    }

    private InputStream open() {
        BlobEndpoint.Opened opened = opener.open(new BlobEndpoint.Part(position, end));
        partial = opened.partial();
        body = opened.body();
        return opened.body();
    }

    /** Reads, or takes note of a loss and returns zero. */
    private int attempt(byte[] bytes, int offset, int length) throws IOException {
        InputStream current = body;
        if (current == null) {
            current = open();
        }
        IOException loss = null;
        try {
            int count = current.read(bytes, offset, length);
            if (count > 0) {
                return count;
            }
        } catch (IOException e) {
            loss = e;
        }
        current.close();
        body = null;
        recover(loss);
        return 0;
    }

    private void recover(@Nullable IOException loss) {
        if (position - positionOfLastLoss >= PROGRESS_BYTES) {
            losses = 0;
        }
        positionOfLastLoss = position;
        losses++;
        String where = position + " of " + descriptor.size() + " bytes";
        if (losses >= policy.attempts()) {
            String message = "blob " + descriptor.digest() + " ended after " + where;
            if (loss == null) {
                throw new DataLossException(message);
            }
            throw new RegistryUnavailableException(message + ": " + loss.getMessage(), loss);
        }
        log.atDebug()
                .addKeyValue("blob", descriptor.digest())
                .addKeyValue("at", where)
                .setCause(loss)
                .log("connection lost, resuming");
        patience.pause(policy.delayAfter(losses));
    }

    private void checkNothingFollows() throws IOException {
        InputStream current = body;
        if (current == null) {
            return;
        }
        body = null;
        try (current) {
            boolean goesOn = !partial && end < descriptor.size();
            if (!goesOn && current.read() >= 0) {
                throw new DataLossException(
                        "blob "
                                + descriptor.digest()
                                + " is longer than the "
                                + descriptor.size()
                                + " bytes that its descriptor says");
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("connection lost after the last byte");
        }
    }
}
