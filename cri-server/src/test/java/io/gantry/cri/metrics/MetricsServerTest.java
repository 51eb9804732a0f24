package io.gantry.cri.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MetricsServerTest {

    private static HttpResponse<String> send(int port, String path, String method)
            throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .method(method, BodyPublishers.noBody())
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void metricsAreMadeAnewForEachScrapeAndNothingElseIsServed() throws Exception {
        AtomicInteger scrapes = new AtomicInteger();
        try (MetricsServer server =
                MetricsServer.start(
                        "127.0.0.1", 0, () -> "n " + scrapes.incrementAndGet() + "\n")) {
            HttpResponse<String> first = send(server.port(), "/metrics", "GET");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.body()).isEqualTo("n 1\n");
            assertThat(first.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain; version=0.0.4");
            assertThat(send(server.port(), "/metrics", "GET").body()).isEqualTo("n 2\n");
            assertThat(send(server.port(), "/metrics", "POST").statusCode()).isEqualTo(405);
            assertThat(send(server.port(), "/", "GET").statusCode()).isEqualTo(404);
            assertThat(send(server.port(), "/metrics/x", "GET").statusCode()).isEqualTo(404);
            assertThat(scrapes).hasValue(2);
        }
    }

    @Test
    void aPortThatIsTakenIsReported() {
        try (MetricsServer server = MetricsServer.start("127.0.0.1", 0, () -> "")) {
            assertThatThrownBy(() -> MetricsServer.start("127.0.0.1", server.port(), () -> ""))
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageContaining(
                            "cannot serve metrics at 127.0.0.1 port " + server.port());
        }
    }
}
