package io.gantry.e2e.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A registry before a registry, on loopback and over plain HTTP, that sends the first half of every
 * blob and keeps the rest until it is opened: pulls stand still in the middle.
 */
public final class GatedRegistry implements AutoCloseable {

    private final URI behind;
    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch gate = new CountDownLatch(1);

    private final CountDownLatch waiting = new CountDownLatch(1);

    public GatedRegistry(Registry behind) {
        this(behind, 0);
    }

    /** One at a port of loopback, as one before it; 0: any. */
    public GatedRegistry(Registry behind, int port) {
        this.behind = URI.create("http://" + behind.host());
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::pass);
        server.setExecutor(threads);
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Waits until somebody has half of a blob and waits for the rest. */
    public void awaitHalfABlob() {
        Await.until("half a blob", Await.seconds(60), () -> waiting.getCount() == 0);
    }

    /** Goes away with everything that is under way. */
    public void cut() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** The same repository and tag, through here. */
    public String reference(String repository) {
        return "127.0.0.1:" + server.getAddress().getPort() + "/" + repository;
    }

    /** Lets everything through from now on. */
    public void open() {
        gate.countDown();
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(behind.resolve(exchange.getRequestURI().toString()))
                            .method(
                                    exchange.getRequestMethod(),
                                    HttpRequest.BodyPublishers.noBody());
            exchange.getRequestHeaders()
                    .getOrDefault("Accept", List.of())
                    .forEach(value -> request.header("Accept", value));
            HttpResponse<InputStream> answer =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = answer.body()) {
                answer(exchange, answer, body.readAllBytes());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(HttpExchange exchange, HttpResponse<?> answer, byte[] body)
            throws IOException, InterruptedException {
        for (String name : List.of("Content-Type", "Docker-Content-Digest")) {
            answer.headers()
                    .firstValue(name)
                    .ifPresent(value -> exchange.getResponseHeaders().set(name, value));
        }
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            answer.headers()
                    .firstValue("Content-Length")
                    .ifPresent(value -> exchange.getResponseHeaders().set("Content-Length", value));
        }
        exchange.sendResponseHeaders(
                answer.statusCode(), head || body.length == 0 ? -1 : body.length);
        if (head || body.length == 0) {
            return;
        }
        OutputStream out = exchange.getResponseBody();
        int half = exchange.getRequestURI().getPath().contains("/blobs/") ? body.length / 2 : 0;
        out.write(body, 0, half);
        out.flush();
        if (half > 0) {
            waiting.countDown();
            gate.await();
        }
        out.write(body, half, body.length - half);
    }

    @Override
    public void close() {
        open();
        server.stop(0);
        threads.shutdownNow();
    }
}
