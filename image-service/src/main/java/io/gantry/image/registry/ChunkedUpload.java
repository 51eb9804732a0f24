package io.gantry.image.registry;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Digest;
import io.gantry.image.registry.UploadEndpoint.Piece;
import io.gantry.image.registry.UploadEndpoint.Session;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Sends a blob in pieces. After a piece that went wrong the registry is asked how far it has come,
 * and the upload goes on from there. Used by one thread, once.
 */
final class ChunkedUpload {

    /** Shortest piece that a registry's complaint about size leads to. */
    static final int MIN_BYTES = 1024 * 1024;

    private final PushHost host;
    private final UploadEndpoint uploads;
    private final OutgoingBlob blob;
    private final Digest digest;
    private long chunkBytes;
    private long at;
    private int failures;
    private boolean interrupted;

    ChunkedUpload(PushHost host, UploadEndpoint uploads, OutgoingBlob blob, int chunkBytes) {
        this.host = host;
        this.uploads = uploads;
        this.blob = blob;
        this.digest = blob.descriptor().digest();
        this.chunkBytes = chunkBytes;
    }

    /** Whether anything went wrong on the way, so that the registry may have got it wrong. */
    boolean wasInterrupted() {
        return interrupted;
    }

    /**
     * Sends everything.
     *
     * @param moved told where the upload goes on, as often as that changes
     * @return the upload, of which only the end is missing
     * @throws LostUploadException when this upload cannot go on
     * @throws ServiceException when no upload can
     */
    Session send(Session begun, Consumer<Session> moved) throws LostUploadException {
        Session session = begun;
        chunkBytes = Math.max(chunkBytes, session.minChunk());
        long size = blob.descriptor().size();
        while (at < size) {
            session = sendPiece(session, Math.min(chunkBytes, size - at));
            moved.accept(session);
        }
        return session;
    }

    private Session sendPiece(Session session, long length) throws LostUploadException {
        long from = at;
        Piece piece =
                new Piece(from, length, () -> blob.open(from), sent -> blob.sent(from + sent));
        Duration delay;
        ServiceException meaning;
        try (Transport.Answer answer = uploads.append(session, piece)) {
            if (answer.status() / 100 == 2) {
                return acknowledged(session, answer, from + length);
            }
            meaning = host.caller().refusal(answer, uploads.subject(digest));
            delay = delayAfter(session, answer, meaning, length);
        } catch (LostUploadException e) {
            throw e;
        } catch (IOException e) {
            meaning = host.caller().unavailable(uploads.subject(digest), e);
            if (!RegistryCaller.mayPass(e)) {
                throw meaning;
            }
            delay = host.policy().delayAfter(failures + 1);
        }
        return resumed(session, meaning, delay, from + length);
    }

    private Session acknowledged(Session session, Transport.Answer answer, long sent)
            throws LostUploadException {
        Session next = uploads.next(session, answer, digest);
        moveTo(next.received() < 0 ? sent : next.received(), sent);
        return next;
    }

    /** What is worth another piece, and after which time; else throws. */
    private Duration delayAfter(
            Session session, Transport.Answer answer, ServiceException meaning, long length)
            throws LostUploadException {
        int status = answer.status();
        if (status == 401 || status == 403) {
            throw meaning;
        }
        if (status == 404) {
            throw new LostUploadException(meaning, Duration.ZERO);
        }
        if (status == 413 && length / 4 >= Math.max(MIN_BYTES, session.minChunk())) {
            chunkBytes = length / 4;
            return Duration.ZERO;
        }
        if (status == 416) {
            return host.policy().delayAfter(failures + 1);
        }
        if (RegistryCaller.mayPass(status) && status != 501) {
            return host.caller().delayAfter(failures + 1, answer);
        }
        // Several registries take a blob whole or not at all, and say so in as many ways.
        host.refusedChunks();
        throw new LostUploadException(meaning, Duration.ZERO);
    }

    private Session resumed(
            Session session, ServiceException meaning, Duration delay, long sentAtMost)
            throws LostUploadException {
        interrupted = true;
        failures++;
        if (failures >= host.policy().attempts()) {
            throw meaning;
        }
        host.patience().pause(delay);
        Session now;
        try {
            now = uploads.status(session, digest);
        } catch (CancelledException | DeadlineExceededException | RegistryUnavailableException e) {
            throw e;
        } catch (ServiceException e) {
            throw new LostUploadException(meaning, Duration.ZERO);
        }
        moveTo(Math.max(0, now.received()), sentAtMost);
        return now;
    }

    private void moveTo(long received, long sentAtMost) throws LostUploadException {
        if (received > sentAtMost) {
            throw new LostUploadException(
                    new DataLossException(
                            "registry "
                                    + host.name()
                                    + " says that it has "
                                    + received
                                    + " bytes of "
                                    + uploads.subject(digest)
                                    + " where "
                                    + sentAtMost
                                    + " were sent"),
                    Duration.ZERO);
        }
        if (received > at) {
            failures = 0;
        }
        at = received;
        blob.sent(at);
    }
}
