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
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One blob on its way into a repository: looked for, mounted, else sent, whole when it is small or
 * the registry takes no pieces. Used by one thread, once.
 */
final class BlobPush {

    private static final Logger log = LoggerFactory.getLogger(BlobPush.class);

    /** Repositories that are tried: each costs a request and an upload that is given up. */
    private static final int MAX_SOURCES = 3;

    private final PushHost host;
    private final UploadEndpoint uploads;
    private final OutgoingBlob blob;
    private final Digest digest;
    private final int chunkBytes;
    private @Nullable Session open;
    private boolean inPieces;

    /**
     * A push.
     *
     * @param chunkBytes longest piece; a blob that is no longer is sent whole
     */
    BlobPush(PushHost host, OutgoingBlob blob, int chunkBytes) {
        this.host = host;
        this.uploads = new UploadEndpoint(host);
        this.blob = blob;
        this.digest = blob.descriptor().digest();
        this.chunkBytes = chunkBytes;
    }

    BlobOutcome run() {
        if (uploads.has(digest)) {
            return new BlobOutcome.Existed();
        }
        try {
            Optional<String> source = mount();
            if (source.isPresent()) {
                return new BlobOutcome.Mounted(source.get());
            }
            blob.prepare();
            inPieces = blob.descriptor().size() > chunkBytes;
            upload();
            return new BlobOutcome.Uploaded();
        } finally {
            giveUp();
        }
    }

    /** The repository that it was mounted from; else an upload may be open. */
    private Optional<String> mount() {
        List<String> sources = blob.mountSources();
        for (String source : sources.subList(0, Math.min(MAX_SOURCES, sources.size()))) {
            try {
                Optional<Session> begun = uploads.mount(digest, source);
                giveUp();
                if (begun.isEmpty()) {
                    return Optional.of(source);
                }
                open = begun.get();
            } catch (CancelledException
                    | DeadlineExceededException
                    | RegistryUnavailableException e) {
                throw e;
            } catch (ServiceException e) {
                // Perhaps a repository that we may not read any more.
                log.atDebug()
                        .addKeyValue("blob", digest)
                        .addKeyValue("source", source)
                        .addKeyValue("reason", e.getMessage())
                        .log("blob cannot be mounted");
            }
        }
        return Optional.empty();
    }

    private void upload() {
        for (int failures = 1; ; failures++) {
            try {
                send(session());
                open = null;
                return;
            } catch (LostUploadException e) {
                giveUp();
                if (failures >= host.policy().attempts()) {
                    throw e.meaning();
                }
                host.patience().pause(longer(e.delay(), host.policy().delayAfter(failures)));
                blob.sent(0);
            }
        }
    }

    private void send(Session session) throws LostUploadException {
        if (inPieces && host.takesChunks()) {
            ChunkedUpload chunks = new ChunkedUpload(host, uploads, blob, chunkBytes);
            Session all = chunks.send(session, moved -> open = moved);
            complete(all, null, chunks.wasInterrupted());
        } else {
            long size = blob.descriptor().size();
            complete(session, new Piece(0, size, () -> blob.open(0), blob::sent), false);
        }
    }

    private void complete(Session session, @Nullable Piece whole, boolean doubtful)
            throws LostUploadException {
        String subject = uploads.subject(digest);
        try (Transport.Answer answer = uploads.finish(session, digest, whole)) {
            int status = answer.status();
            if (status / 100 == 2) {
                checkDigest(answer);
                return;
            }
            ErrorBody.Said said = ErrorBody.read(answer);
            ServiceException refusal = Refusals.OF_PUSHES.of(host.name(), subject, said);
            if (status == 413 && whole != null && whole.length() > ChunkedUpload.MIN_BYTES) {
                inPieces = true;
                throw new LostUploadException(refusal, Duration.ZERO);
            }
            boolean lost = status == 404 || status == 416 || said.has("BLOB_UPLOAD_INVALID");
            if (lost || RegistryCaller.mayPass(status) || (doubtful && status == 400)) {
                throw new LostUploadException(refusal, host.caller().delayAfter(1, answer));
            }
            throw refusal;
        } catch (LostUploadException e) {
            throw e;
        } catch (IOException e) {
            ServiceException meaning = host.caller().unavailable(subject, e);
            if (!RegistryCaller.mayPass(e)) {
                throw meaning;
            }
            // Perhaps only the answer was lost.
            if (!uploads.has(digest)) {
                throw new LostUploadException(meaning, Duration.ZERO);
            }
        }
    }

    private void checkDigest(Transport.Answer answer) {
        String stored = answer.header("Docker-Content-Digest").strip();
        boolean comparable = stored.startsWith(digest.algorithm().label() + ":");
        if (comparable && !stored.equals(digest.toString())) {
            throw new DataLossException(
                    "registry "
                            + host.name()
                            + " stored "
                            + uploads.subject(digest)
                            + " as "
                            + ErrorBody.printable(stored));
        }
    }

    private Session session() {
        Session session = open;
        if (session == null) {
            session = uploads.start(digest);
            open = session;
        }
        return session;
    }

    private void giveUp() {
        Session session = open;
        if (session != null) {
            open = null;
            uploads.cancel(session);
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
