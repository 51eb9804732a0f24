package io.gantry.cri.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.event.KeyValuePair;

/**
 * {@code 2026-01-31T12:00:00.123Z INFO message key=value …}, and below it the stack, if there is
 * one. What comes from outside cannot forge a line: control characters are escaped.
 */
final class TextLines extends EncoderBase<ILoggingEvent> {

    private static final byte[] NOTHING = {};

    static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160);
        TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
        line.append(' ').append(event.getLevel());
        line.repeat(' ', Math.max(1, 6 - event.getLevel().toString().length()));
        appendEscaped(event.getFormattedMessage(), line);
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                appendPair(pair.key, String.valueOf(pair.value), line);
            }
        }
        RequestContext.current()
                .ifPresent(context -> appendPair("requestId", context.requestId(), line));
        line.append('\n');
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            ThrowableProxyUtil.asString(thrown)
                    .lines()
                    .forEach(frame -> line.append("    ").append(frame).append('\n'));
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void appendPair(String key, String value, StringBuilder line) {
        line.append(' ').append(key).append('=');
        boolean plain =
                !value.isEmpty() && value.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '=');
        if (plain) {
            appendEscaped(value, line);
        } else {
            line.append('"');
            appendEscaped(value.replace("\\", "\\\\").replace("\"", "\\\""), line);
            line.append('"');
        }
    }

    private static void appendEscaped(String text, StringBuilder line) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        line.append("\\u").append(Character.forDigit(c >> 12, 16));
                        line.append(Character.forDigit(c >> 8 & 15, 16));
                        line.append(Character.forDigit(c >> 4 & 15, 16));
                        line.append(Character.forDigit(c & 15, 16));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
    }
}
