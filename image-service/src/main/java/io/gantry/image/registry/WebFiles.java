package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;

/**
 * Files of web servers, with the care that registries are met with: redirects are followed a few
 * times, never from https to http nor to what only this machine can reach, and a silent server is
 * given up. Thread-safe.
 */
public final class WebFiles implements AutoCloseable {

    private static final RegistryHost.Connect CONNECT =
            new RegistryHost.Connect(TlsSettings.SYSTEM, RegistryHost.Connect.DIAL_TIMEOUT);

    private final HttpClients clients = new HttpClients();
    private final RetryPolicy patience;

    /** Files, waited for so long; nothing is tried again. */
    public WebFiles(RetryPolicy patience) {
        this.patience = patience;
    }

    /**
     * A file on its way. Read by one thread, which closes it.
     *
     * @param size in bytes; negative: the server does not say
     * @param modified when, if the server says
     * @param tag what the server tells versions apart by, if it does
     */
    public record WebFile(
            InputStream content, long size, Optional<Instant> modified, Optional<String> tag)
            implements AutoCloseable {

        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    /**
     * What a server tells the versions of a file apart by, asked without its content. Empty when it
     * does not say, or answers such a question with anything but success.
     *
     * @throws IOException when there is no connection
     */
    public Optional<String> tag(URI url, Deadline deadline) throws IOException {
        try (Transport.Answer answer = send("HEAD", url, deadline)) {
            return answer.status() == 200 ? tag(answer) : Optional.empty();
        }
    }

    /**
     * Opens a file.
     *
     * @throws NotFoundException when the server has none there
     * @throws FailedPreconditionException when it refuses
     * @throws IOException when there is no connection
     */
    public WebFile open(URI url, Deadline deadline) throws IOException {
        Transport.Answer answer = send("GET", url, deadline);
        if (answer.status() != 200) {
            try (answer) {
                throw refused(url, answer.status());
            }
        }
        return new WebFile(
                answer.body(),
                answer.response().headers().firstValueAsLong("Content-Length").orElse(-1),
                date(answer.header("Last-Modified")),
                tag(answer));
    }

    private Transport.Answer send(String method, URI url, Deadline deadline) throws IOException {
        Transport transport = new Transport(clients.get(CONNECT), patience, deadline);
        return transport.send(
                new Transport.Request(method, url, Map.of("Accept", "*/*"), Map.of(), null),
                Optional.empty());
    }

    private static RuntimeException refused(URI url, int status) {
        String message = shown(url) + " answers " + status;
        return status == 404 || status == 410
                ? new NotFoundException(message)
                : new FailedPreconditionException(message);
    }

    /** Without what may be secret. */
    public static String shown(URI url) {
        String at = url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        return url.getScheme() + "://" + at + url.getRawPath();
    }

    /** A weak one says that versions are alike, not that they are the same. */
    private static Optional<String> tag(Transport.Answer answer) {
        String tag = answer.header("ETag");
        return tag.isEmpty() || tag.startsWith("W/") ? Optional.empty() : Optional.of(tag);
    }

    private static Optional<Instant> date(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        clients.close();
    }
}
