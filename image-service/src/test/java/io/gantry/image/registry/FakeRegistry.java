package io.gantry.image.registry;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gantry.base.Tasks;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A registry in this process, on a loopback port over plain http: the distribution API with ranges
 * and uploads, three ways of authentication, and faults on demand. Remembers every request.
 */
public final class FakeRegistry implements AutoCloseable {

    private static final Pattern MANIFEST = Pattern.compile("/v2/(.+)/manifests/([^/]+)");
    private static final Pattern BLOB = Pattern.compile("/v2/(.+)/blobs/([^/]+)");
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

    private final HttpServer server;
    private final ExecutorService executor = Tasks.perTask("fake-registry");
    private final Map<String, Stored> manifests = new ConcurrentHashMap<>();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final FakeUploads uploads = new FakeUploads();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final Set<Integer> clientPorts = ConcurrentHashMap.newKeySet();
    private volatile Guard guard = exchange -> true;
    private volatile boolean ranges = true;
    private volatile boolean referrers;

    private FakeRegistry(HttpServer server) {
        this.server = server;
    }

    private static final class Stored {
        private final String mediaType;
        private final byte[] bytes;

        Stored(String mediaType, byte[] bytes) {
            this.mediaType = mediaType;
            this.bytes = bytes;
        }
    }

    private record Fault(Predicate<Seen> where, Handler handler, AtomicInteger left) {}

    /**
     * A request as it arrived.
     *
     * @param authorization empty when there was none
     */
    public record Seen(
            String method, String uri, String authorization, Map<String, List<String>> headers) {

        /** Whether the path, without its query, ends so. */
        public boolean pathEnds(String suffix) {
            return uri.replaceFirst("\\?.*", "").endsWith(suffix);
        }

        String header(String name) {
            return String.join(",", headers.getOrDefault(name, List.of()));
        }
    }

    /** Decides who may see what; answers itself when it refuses. */
    @FunctionalInterface
    interface Guard {
        boolean admits(HttpExchange exchange) throws IOException;
    }

    /** Answers in place of the registry. */
    @FunctionalInterface
    public interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    public static FakeRegistry start() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        FakeRegistry registry = new FakeRegistry(server);
        server.createContext("/", registry::serve);
        server.setExecutor(registry.executor);
        server.start();
        return registry;
    }

    /** As it stands in image references. */
    public String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    public String url() {
        return "http://" + name();
    }

    /** Stores a whole image under a tag and its digest. */
    public FakeRegistry with(String repository, String tag, FakeImage image) {
        addBlob(image.layer());
        addBlob(image.config());
        addManifest(repository, tag, MediaType.OCI_MANIFEST, image.manifest());
        return this;
    }

    public void addBlob(byte[] bytes) {
        blobs.put(Digest.sha256(bytes).toString(), bytes);
    }

    public void addManifest(String repository, String tag, String mediaType, byte[] bytes) {
        Stored stored = new Stored(mediaType, bytes);
        manifests.put(repository + " " + tag, stored);
        manifests.put(repository + " " + Digest.sha256(bytes), stored);
    }

    /** Answers the next {@code times} requests that match in another way. */
    public void fail(int times, Predicate<Seen> where, Handler handler) {
        faults.add(new Fault(where, handler, new AtomicInteger(times)));
    }

    void guard(Guard newGuard) {
        guard = newGuard;
    }

    /** What was pushed. */
    FakeUploads uploads() {
        return uploads;
    }

    /** Keeps account of what refers to what. */
    void withReferrers() {
        referrers = true;
    }

    /** The manifest of a tag or digest. */
    Optional<byte[]> manifest(String repository, String target) {
        return Optional.ofNullable(manifests.get(repository + " " + target)).map(m -> m.bytes);
    }

    /** The type that it was pushed or added as. */
    Optional<String> manifestType(String repository, String target) {
        return Optional.ofNullable(manifests.get(repository + " " + target)).map(m -> m.mediaType);
    }

    void withoutRanges() {
        ranges = false;
    }

    /** Requests to the API, in order. */
    public List<Seen> seen() {
        return List.copyOf(seen);
    }

    List<Seen> seen(Predicate<Seen> which) {
        return seen.stream().filter(which).toList();
    }

    /** Ports that requests came from: one per connection. */
    Set<Integer> clientPorts() {
        return Set.copyOf(clientPorts);
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    /** An answer with a body. */
    public static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head || body.length == 0) {
            if (head) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            return;
        }
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    public static Handler status(int status, String body) {
        return exchange -> {
            // Unread bytes would have the server cut the connection, perhaps before the answer.
            exchange.getRequestBody().readAllBytes();
            answer(exchange, status, body.getBytes(StandardCharsets.UTF_8));
        };
    }

    static Handler redirect(String location) {
        return exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Location", location);
            answer(exchange, 307, new byte[0]);
        };
    }

    /** Promises all of {@code body}, sends only its beginning, and hangs up. */
    public static Handler dropAfter(int bytes, byte[] body) {
        return exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body, 0, bytes);
            exchange.getResponseBody().flush();
            exchange.close();
        };
    }

    static Optional<String> header(HttpExchange exchange, String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    private void serve(HttpExchange exchange) throws IOException {
        Seen request = record(exchange);
        for (Fault fault : faults) {
            if (fault.where.test(request) && fault.left.getAndDecrement() > 0) {
                fault.handler.handle(exchange);
                return;
            }
        }
        if (guard.admits(exchange)) {
            route(exchange);
        }
    }

    private Seen record(HttpExchange exchange) {
        Map<String, List<String>> headers = new ConcurrentHashMap<>();
        exchange.getRequestHeaders().forEach((k, v) -> headers.put(k, new ArrayList<>(v)));
        Seen request =
                new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        header(exchange, "Authorization").orElse(""),
                        headers);
        seen.add(request);
        clientPorts.add(exchange.getRemoteAddress().getPort());
        return request;
    }

    private void route(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Matcher manifest = MANIFEST.matcher(path);
        Matcher blob = BLOB.matcher(path);
        if (uploads.serve(exchange)) {
            return;
        }
        if (path.equals("/v2/")) {
            answer(exchange, 200, "{}".getBytes(StandardCharsets.UTF_8));
        } else if (manifest.matches() && exchange.getRequestMethod().equals("PUT")) {
            takeManifest(exchange, manifest.group(1), manifest.group(2));
        } else if (manifest.matches()) {
            serveManifest(exchange, manifests.get(manifest.group(1) + " " + manifest.group(2)));
        } else if (blob.matches()) {
            byte[] pushed = uploads.find(blob.group(1), blob.group(2)).orElse(null);
            serveBlob(exchange, pushed != null ? pushed : blobs.get(blob.group(2)));
        } else {
            error(exchange, 404, "NAME_UNKNOWN", "no such page");
        }
    }

    private void takeManifest(HttpExchange exchange, String repository, String target)
            throws IOException {
        byte[] bytes = exchange.getRequestBody().readAllBytes();
        String mediaType = header(exchange, "Content-Type").orElse("");
        String digest = Digest.sha256(bytes).toString();
        Stored stored = new Stored(mediaType, bytes);
        manifests.put(repository + " " + target, stored);
        manifests.put(repository + " " + digest, stored);
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (referrers && text.contains("\"subject\"")) {
            exchange.getResponseHeaders().set("OCI-Subject", "sha256:" + "0".repeat(64));
        }
        answer(exchange, 201, new byte[0]);
    }

    private static void serveManifest(HttpExchange exchange, @Nullable Stored stored)
            throws IOException {
        if (stored == null) {
            error(exchange, 404, "MANIFEST_UNKNOWN", "manifest unknown");
            return;
        }
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", stored.mediaType);
        headers.set("Docker-Content-Digest", Digest.sha256(stored.bytes).toString());
        answer(exchange, 200, stored.bytes);
    }

    private void serveBlob(HttpExchange exchange, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            error(exchange, 404, "BLOB_UNKNOWN", "blob unknown");
            return;
        }
        Matcher range = RANGE.matcher(header(exchange, "Range").orElse(""));
        if (!ranges || !range.matches()) {
            answer(exchange, 200, bytes);
            return;
        }
        int from = Integer.parseInt(range.group(1));
        int to = range.group(2).isEmpty() ? bytes.length : Integer.parseInt(range.group(2)) + 1;
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
        byte[] rest = new byte[to - from];
        System.arraycopy(bytes, from, rest, 0, rest.length);
        answer(exchange, 206, rest);
    }

    static void error(HttpExchange exchange, int status, String code, String message)
            throws IOException {
        String body = "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}]}";
        answer(exchange, status, body.getBytes(StandardCharsets.UTF_8));
    }
}
