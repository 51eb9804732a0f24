package io.gantry.cri.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gantry.base.Tasks;
import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /metrics} over HTTP, and nothing else. */
public final class MetricsServer implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

    private static final String PATH = "/metrics";
    private static final int BACKLOG = 16;

    /** Scrapers come seldom; one that is stuck must not keep another waiting. */
    private static final int THREADS = 2;

    private final HttpServer server;
    private final ExecutorService calls;
    private final Supplier<String> text;

    private MetricsServer(HttpServer server, ExecutorService calls, Supplier<String> text) {
        this.server = server;
        this.calls = calls;
        this.text = text;
    }

    /**
     * Serves.
     *
     * @param address a literal IP address
     * @param port 1 to 65535; 0: any free one
     * @param text made anew for every scrape
     * @throws FailedPreconditionException when it cannot listen there
     */
    public static MetricsServer start(String address, int port, Supplier<String> text) {
        ExecutorService calls = Tasks.nativePool("metrics", THREADS);
        try {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.ofLiteral(address), port), BACKLOG);
            MetricsServer metrics = new MetricsServer(server, calls, text);
            server.createContext("/", metrics::answer);
            server.setExecutor(calls);
            server.start();
            log.atInfo().addKeyValue("address", server.getAddress()).log("metrics served");
            return metrics;
        } catch (IOException e) {
            calls.shutdownNow();
            throw new FailedPreconditionException(
                    "cannot serve metrics at " + address + " port " + port + ": " + e.getMessage(),
                    e);
        }
    }

    /** Where it listens. */
    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                respond(exchange, 404, "only " + PATH + " is here\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET");
                respond(exchange, 405, "only GET is answered\n");
            } else {
                respond(exchange, 200, text.get());
            }
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("metrics not told");
            throw e;
        }
    }

    private static void respond(HttpExchange exchange, int status, String words)
            throws IOException {
        byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders()
                .set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        calls.shutdownNow();
    }
}
