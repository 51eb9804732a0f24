package io.gantry.image.registry;

import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v2/<name>/blobs/} as a push uses it (distribution-spec 1.1, "Pushing blobs"). Each answer
 * names the URL for the next request, whose query is the registry's affair and kept as it is.
 * Thread-safe.
 */
final class UploadEndpoint {

    private static final Logger log = LoggerFactory.getLogger(UploadEndpoint.class);

    private static final String OCTETS = "application/octet-stream";
    private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

    private final PushHost host;

    UploadEndpoint(PushHost host) {
        this.host = host;
    }

    /**
     * An upload that has begun.
     *
     * @param location where it goes on
     * @param minChunk fewest bytes that a piece may have, but for the last; 0: any number
     * @param received bytes that the registry says it has; −1: it does not say
     */
    record Session(URI location, long minChunk, long received) {}

    /**
     * A piece of a blob.
     *
     * @param from offset in the blob
     * @param sent told how many bytes of the piece are on their way
     */
    record Piece(long from, long length, RequestBody.Source source, LongConsumer sent) {

        RequestBody body() {
            return new RequestBody(OCTETS, length, source, sent);
        }

        /** As this one header has it: without a unit. */
        String range() {
            return from + "-" + (from + length - 1);
        }
    }

    /** Whether the repository has a blob. */
    boolean has(Digest digest) {
        URI url = host.url("/blobs/" + digest);
        Transport.Request request =
                new Transport.Request("HEAD", url, Map.of(), host.headersFor(url), null);
        try {
            return host.caller().call(request, subject(digest), answer -> true);
        } catch (NotFoundException e) {
            return false;
        } catch (PermissionDeniedException | UnknownException e) {
            // Whether it may be pushed, and if not, why, is what the upload is told.
            return false;
        }
    }

    /**
     * Asks for a blob of another repository.
     *
     * @return empty when it is mounted; else an upload, which the registry has begun instead
     */
    Optional<Session> mount(Digest digest, String source) {
        String query = "mount=" + encode(digest.toString()) + "&from=" + encode(source);
        URI url = withQuery(host.url("/blobs/uploads/"), query);
        return host.mountCaller(source)
                .call(
                        post(url),
                        subject(digest) + " from " + source,
                        answer ->
                                answer.status() == 201
                                        ? Optional.empty()
                                        : Optional.of(session(answer)));
    }

    /** Begins an upload. */
    Session start(Digest digest) {
        return host.caller()
                .call(post(host.url("/blobs/uploads/")), subject(digest), this::session);
    }

    /** Sends a piece; whatever the answer is. */
    Transport.Answer append(Session session, Piece piece) throws IOException {
        URI url = session.location();
        return host.callerOf(url)
                .send(
                        new Transport.Request(
                                "PATCH",
                                url,
                                Map.of("Content-Range", piece.range()),
                                host.headersFor(url),
                                null,
                                piece.body()));
    }

    /** Asks how far an upload has come. */
    Session status(Session session, Digest digest) {
        URI url = session.location();
        Transport.Request request =
                new Transport.Request("GET", url, Map.of(), host.headersFor(url), null);
        return host.callerOf(url)
                .call(request, subject(digest), answer -> next(session, answer, digest));
    }

    /** Ends an upload, with the whole blob unless {@code whole} is null; whatever the answer is. */
    Transport.Answer finish(Session session, Digest digest, @Nullable Piece whole)
            throws IOException {
        URI url = withQuery(session.location(), "digest=" + encode(digest.toString()));
        RequestBody body = whole == null ? null : whole.body();
        return host.callerOf(url)
                .send(
                        new Transport.Request(
                                "PUT", url, Map.of(), host.headersFor(url), null, body));
    }

    /** Gives an upload up, also when the thread is interrupted or the time over; never throws. */
    void cancel(Session session) {
        boolean interrupted = Thread.interrupted();
        try {
            // The first may meet a connection that the registry has closed.
            if (!delete(session)) {
                delete(session);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean delete(Session session) {
        URI url = session.location();
        Transport.Request request =
                new Transport.Request("DELETE", url, Map.of(), host.headersFor(url), null);
        try (Transport.Answer answer = host.tidyingCaller(url).send(request)) {
            log.atDebug()
                    .addKeyValue("registry", host.name())
                    .addKeyValue("answer", ErrorBody.describe(answer))
                    .log("upload given up");
            return true;
        } catch (IOException | ServiceException e) {
            // The registry forgets it by itself, only later.
            log.atDebug()
                    .addKeyValue("registry", host.name())
                    .addKeyValue("reason", e.getMessage())
                    .log("upload could not be given up");
            return false;
        }
    }

    /** What an upload is after an answer to one of its requests. */
    Session next(Session session, Transport.Answer answer, Digest digest) {
        Matcher range = RANGE.matcher(answer.header("Range").strip());
        long received = -1;
        if (range.matches()) {
            // Zero bytes cannot be said; registries say "0-0", which one byte would be.
            long last = Long.parseLong(range.group(1));
            received = last == 0 ? 0 : last + 1;
        }
        URI location =
                answer.header("Location").isEmpty()
                        ? session.location()
                        : location(answer, subject(digest));
        return new Session(location, session.minChunk(), received);
    }

    String subject(Digest digest) {
        return "blob " + digest + " of " + host.repository();
    }

    private Session session(Transport.Answer answer) {
        long minChunk =
                answer.response().headers().firstValue("OCI-Chunk-Min-Length").stream()
                        .map(String::strip)
                        .filter(text -> text.matches("[0-9]{1,12}"))
                        .mapToLong(Long::parseLong)
                        .findFirst()
                        .orElse(0);
        return new Session(location(answer, "an upload"), minChunk, 0);
    }

    private Transport.Request post(URI url) {
        return new Transport.Request("POST", url, Map.of(), host.headersFor(url), null);
    }

    private URI location(Transport.Answer answer, String subject) {
        String text = answer.header("Location").strip();
        URI from = answer.response().uri();
        URI to;
        try {
            to = from.resolve(text);
        } catch (IllegalArgumentException e) {
            throw badLocation(text, subject, e);
        }
        String scheme = String.valueOf(to.getScheme());
        boolean allowed =
                scheme.equals("https")
                        || (scheme.equals("http") && from.getScheme().equals("http"));
        if (text.isEmpty() || to.getHost() == null || !allowed) {
            throw badLocation(text, subject, null);
        }
        return to;
    }

    private UnknownException badLocation(String text, String subject, @Nullable Throwable cause) {
        return new UnknownException(
                "registry "
                        + host.name()
                        + " names \""
                        + ErrorBody.printable(text)
                        + "\" as where to send "
                        + subject
                        + ", which is refused",
                cause);
    }

    private static URI withQuery(URI url, String more) {
        String text = url.toString();
        int fragment = text.indexOf('#');
        String bare = fragment < 0 ? text : text.substring(0, fragment);
        String separator = bare.indexOf('?') < 0 ? "?" : bare.endsWith("?") ? "" : "&";
        return URI.create(bare + separator + more);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
