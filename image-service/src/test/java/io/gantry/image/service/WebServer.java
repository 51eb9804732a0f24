package io.gantry.image.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A web server on loopback, with files that are put there, and below {@code /git/} the repositories
 * of a directory, served by git itself.
 */
final class WebServer implements AutoCloseable {

    private static final int HEADER_BYTES = 1 << 16;

    private final HttpServer server;
    private final Path repositories;
    private final Map<String, Served> files = new ConcurrentHashMap<>();

    /** Of every request, the method and the path. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** What requests for repositories have to prove themselves with; empty: nothing. */
    volatile String authorization = "";

    /**
     * A file.
     *
     * @param headers beside those of every answer
     */
    @SuppressWarnings("ArrayRecordComponent") // served, never compared
    record Served(byte[] content, Map<String, String> headers, int status) {}

    WebServer(Path repositories) throws IOException {
        this.repositories = repositories;
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::file);
        server.createContext("/git/", this::git);
        server.start();
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    void put(String path, byte[] content, Map<String, String> headers) {
        files.put(path, new Served(content, headers, 200));
    }

    void redirect(String path, String target) {
        files.put(path, new Served(new byte[0], Map.of("Location", target), 302));
    }

    private void file(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            requests.add(exchange.getRequestMethod() + " " + path);
            Served served =
                    files.getOrDefault(
                            path, new Served("no".getBytes(StandardCharsets.UTF_8), Map.of(), 404));
            served.headers.forEach(exchange.getResponseHeaders()::set);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(
                    served.status, head || served.content.length == 0 ? -1 : served.content.length);
            if (!head) {
                exchange.getResponseBody().write(served.content);
            }
        }
    }

    /** As a web server calls git-http-backend(1). */
    private void git(HttpExchange exchange) throws IOException {
        try (exchange) {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
            String said = exchange.getRequestHeaders().getFirst("Authorization");
            if (!authorization.isEmpty() && !authorization.equals(said)) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic");
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            Process process = backend(exchange).start();
            try (OutputStream in = process.getOutputStream()) {
                exchange.getRequestBody().transferTo(in);
            }
            answer(exchange, process.getInputStream().readAllBytes());
        }
    }

    private ProcessBuilder backend(HttpExchange exchange) {
        ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
        Map<String, String> environment = builder.environment();
        environment.put("GIT_PROJECT_ROOT", repositories.toString());
        environment.put("GIT_HTTP_EXPORT_ALL", "1");
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_COUNT", "1");
        environment.put("GIT_CONFIG_KEY_0", "safe.directory");
        environment.put("GIT_CONFIG_VALUE_0", "*");
        environment.put("PATH_INFO", exchange.getRequestURI().getPath().substring("/git".length()));
        String query = exchange.getRequestURI().getRawQuery();
        environment.put("QUERY_STRING", query == null ? "" : query);
        environment.put("REQUEST_METHOD", exchange.getRequestMethod());
        put(environment, "CONTENT_TYPE", exchange, "Content-Type");
        put(environment, "HTTP_CONTENT_ENCODING", exchange, "Content-Encoding");
        put(environment, "GIT_PROTOCOL", exchange, "Git-Protocol");
        return builder;
    }

    private static void put(
            Map<String, String> environment, String name, HttpExchange exchange, String header) {
        String value = exchange.getRequestHeaders().getFirst(header);
        if (value != null) {
            environment.put(name, value);
        }
    }

    private static void answer(HttpExchange exchange, byte[] output) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int end = 0;
        while (end < Math.min(output.length, HEADER_BYTES)
                && !head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(output[end++]);
        }
        int status = 200;
        for (String line : head.toString(StandardCharsets.ISO_8859_1).lines().toList()) {
            String[] parts = line.split(": ", 2);
            if (parts[0].equals("Status")) {
                status = Integer.parseInt(parts[1].substring(0, 3));
            } else if (parts.length == 2) {
                exchange.getResponseHeaders().set(parts[0], parts[1]);
            }
        }
        exchange.sendResponseHeaders(status, output.length == end ? -1 : output.length - end);
        exchange.getResponseBody().write(output, end, output.length - end);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
