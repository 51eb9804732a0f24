package io.gantry.image.registry;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.gantry.image.content.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The blobs that were pushed to a {@link FakeRegistry}, repository by repository, and how they
 * come: a strict registry, which takes pieces only where the last one ended and only at the URL
 * that its last answer named, query included.
 */
final class FakeUploads {

    private static final Pattern START = Pattern.compile("/v2/(.+)/blobs/uploads/");
    private static final Pattern SESSION = Pattern.compile("/v2/(.+)/blobs/uploads/([0-9]+)");
    private static final Pattern CONTENT_RANGE = Pattern.compile("([0-9]+)-([0-9]+)");

    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean mounts = true;
    private volatile String locationPrefix = "";
    private volatile int minChunk;

    private static final class Session {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int state;

        /** With what a careless client would decode or lose. */
        String query() {
            return "_state=" + state + "%2Fx%3D%3D&part=a+b";
        }
    }

    /** Every mount becomes an ordinary upload. */
    void withoutMounts() {
        mounts = false;
    }

    /** Locations name this host; empty: they are relative. */
    void locationsAt(String url) {
        locationPrefix = url;
    }

    void minChunk(int bytes) {
        minChunk = bytes;
    }

    void add(String repository, byte[] bytes) {
        blobs.put(repository + " " + Digest.sha256(bytes), bytes);
    }

    Optional<byte[]> find(String repository, String digest) {
        return Optional.ofNullable(blobs.get(repository + " " + digest));
    }

    /** Uploads that have begun and neither ended nor been given up. */
    int open() {
        return sessions.size();
    }

    /** Takes so many bytes of a piece and hangs up. */
    FakeRegistry.Handler cutAfter(int bytes) {
        return exchange -> {
            Session session = session(exchange);
            if (session != null) {
                session.bytes.write(exchange.getRequestBody().readNBytes(bytes));
                session.state++;
            }
            exchange.close();
        };
    }

    /** Serves what is about uploads; false: it is not. */
    boolean serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Matcher start = START.matcher(path);
        if (start.matches() && exchange.getRequestMethod().equals("POST")) {
            start(exchange, start.group(1));
            return true;
        }
        Matcher known = SESSION.matcher(path);
        if (!known.matches()) {
            return false;
        }
        Session session = session(exchange);
        if (session == null) {
            FakeRegistry.error(exchange, 404, "BLOB_UPLOAD_UNKNOWN", "upload unknown");
            return true;
        }
        String repository = known.group(1);
        String id = known.group(2);
        switch (exchange.getRequestMethod()) {
            case "PATCH" -> append(exchange, repository, id, session);
            case "PUT" -> finish(exchange, repository, id, session);
            case "GET" -> status(exchange, 204, repository, id, session);
            case "DELETE" -> {
                sessions.remove(id);
                FakeRegistry.answer(exchange, 204, new byte[0]);
            }
            default -> FakeRegistry.error(exchange, 405, "UNSUPPORTED", "no such method");
        }
        return true;
    }

    /** An upload whose last answer named this URL; the DELETE of a lost answer may be older. */
    private @Nullable Session session(HttpExchange exchange) {
        Matcher known = SESSION.matcher(exchange.getRequestURI().getPath());
        Session session = known.matches() ? sessions.get(known.group(2)) : null;
        String query = String.valueOf(exchange.getRequestURI().getRawQuery());
        boolean tolerant = !exchange.getRequestMethod().equals("PATCH");
        boolean right =
                session != null
                        && (tolerant
                                ? query.startsWith("_state=") && query.contains("&part=a+b")
                                : query.equals(session.query()));
        return right ? session : null;
    }

    private void start(HttpExchange exchange, String repository) throws IOException {
        String mounted = parameter(exchange, "mount");
        byte[] bytes = blobs.get(parameter(exchange, "from") + " " + mounted);
        if (mounts && bytes != null) {
            blobs.put(repository + " " + mounted, bytes);
            exchange.getResponseHeaders().set("Docker-Content-Digest", mounted);
            FakeRegistry.answer(exchange, 201, new byte[0]);
            return;
        }
        String id = String.valueOf(count.incrementAndGet());
        Session session = new Session();
        sessions.put(id, session);
        if (minChunk > 0) {
            exchange.getResponseHeaders().set("OCI-Chunk-Min-Length", String.valueOf(minChunk));
        }
        status(exchange, 202, repository, id, session);
    }

    private void append(HttpExchange exchange, String repository, String id, Session session)
            throws IOException {
        byte[] piece = exchange.getRequestBody().readAllBytes();
        Matcher range =
                CONTENT_RANGE.matcher(FakeRegistry.header(exchange, "Content-Range").orElse(""));
        boolean fits =
                range.matches()
                        && Integer.parseInt(range.group(1)) == session.bytes.size()
                        && Integer.parseInt(range.group(2))
                                == session.bytes.size() + piece.length - 1;
        if (!fits) {
            FakeRegistry.error(exchange, 416, "BLOB_UPLOAD_INVALID", "out of order");
            return;
        }
        session.bytes.write(piece);
        session.state++;
        status(exchange, 202, repository, id, session);
    }

    private void finish(HttpExchange exchange, String repository, String id, Session session)
            throws IOException {
        session.bytes.write(exchange.getRequestBody().readAllBytes());
        byte[] bytes = session.bytes.toByteArray();
        String digest = parameter(exchange, "digest");
        sessions.remove(id);
        if (!Digest.parse(digest).matches(bytes)) {
            FakeRegistry.error(exchange, 400, "DIGEST_INVALID", "these are other bytes");
            return;
        }
        blobs.put(repository + " " + digest, bytes);
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
        FakeRegistry.answer(exchange, 201, new byte[0]);
    }

    private void status(
            HttpExchange exchange, int status, String repository, String id, Session session)
            throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Range", "0-" + Math.max(0, session.bytes.size() - 1));
        headers.set(
                "Location",
                locationPrefix
                        + "/v2/"
                        + repository
                        + "/blobs/uploads/"
                        + id
                        + "?"
                        + session.query());
        FakeRegistry.answer(exchange, status, new byte[0]);
    }

    private static String parameter(HttpExchange exchange, String name) {
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }
}
