package io.gantry.cri.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LinesTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123Z");

    @Test
    void textHasTimeLevelMessageAndPairs() {
        LoggingEvent event = event("sandbox ready", null);
        event.addKeyValuePair(new KeyValuePair("podSandboxId", "abc"));
        event.addKeyValuePair(new KeyValuePair("took", "3 ms"));

        assertThat(text(event))
                .isEqualTo(
                        "2026-01-31T12:00:00.123Z INFO  sandbox ready podSandboxId=abc"
                                + " took=\"3 ms\"\n");
    }

    @Test
    void aMessageFromOutsideCannotForgeALineOfText() {
        LoggingEvent event = event("a\nb\u001b[2J", null);
        event.addKeyValuePair(new KeyValuePair("image", "x\ny\"z"));

        assertThat(text(event))
                .endsWith("INFO  a\\nb\\u001b[2J image=\"x\\ny\\\"z\"\n")
                .containsOnlyOnce("\n");
    }

    @Test
    void aStackFollowsItsLineOfText() {
        assertThat(text(event("failed", new IllegalStateException("why"))).lines())
                .element(1)
                .isEqualTo("    java.lang.IllegalStateException: why");
    }

    @Test
    void jsonIsOneObjectALine() throws IOException {
        LoggingEvent event = event("a\nb", new IllegalStateException("why"));
        event.addKeyValuePair(new KeyValuePair("millis", 12L));
        event.addKeyValuePair(new KeyValuePair("image", "busybox"));
        String line = encode(new JsonLines(), event);

        assertThat(line).endsWith("\n").containsOnlyOnce("\n");
        JsonNode json = new ObjectMapper().readTree(line);
        assertThat(json.get("time").asText()).isEqualTo("2026-01-31T12:00:00.123Z");
        assertThat(json.get("level").asText()).isEqualTo("INFO");
        assertThat(json.get("logger").asText()).isEqualTo("test");
        assertThat(json.get("message").asText()).isEqualTo("a\nb");
        assertThat(json.get("millis").isNumber()).isTrue();
        assertThat(json.get("image").asText()).isEqualTo("busybox");
        assertThat(json.get("stack").asText()).contains("IllegalStateException: why");
    }

    @Test
    void linesOfACallCarryItsRequestId() {
        AtomicReference<String> text = new AtomicReference<>("");
        AtomicReference<String> json = new AtomicReference<>("");
        new RequestContext("r-7")
                .run(
                        () -> {
                            text.set(text(event("x", null)));
                            json.set(encode(new JsonLines(), event("x", null)));
                        });

        assertThat(text.get()).endsWith(" x requestId=r-7\n");
        assertThat(json.get()).contains("\"requestId\":\"r-7\"");
    }

    private static String text(LoggingEvent event) {
        return encode(new TextLines(), event);
    }

    private static String encode(
            EncoderBase<ch.qos.logback.classic.spi.ILoggingEvent> encoder, LoggingEvent event) {
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    private static LoggingEvent event(String message, @Nullable Throwable thrown) {
        LoggerContext context = new LoggerContext();
        LoggingEvent event =
                new LoggingEvent("", context.getLogger("test"), Level.INFO, message, thrown, null);
        event.setInstant(NOON);
        return event;
    }
}
