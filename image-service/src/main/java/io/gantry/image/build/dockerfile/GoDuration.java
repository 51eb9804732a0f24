package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 1h30m}, {@code 1.5s}, {@code 300ms}. */
final class GoDuration {

    private static final Pattern PART =
            Pattern.compile("([0-9]*+)(\\.[0-9]*+)?(ns|us|µs|μs|ms|s|m|h)");
    private static final int MAX_LENGTH = 64;

    private static final Map<String, Long> NANOS =
            Map.of(
                    "ns", 1L,
                    "us", 1_000L,
                    "µs", 1_000L,
                    "μs", 1_000L,
                    "ms", 1_000_000L,
                    "s", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L);

    private GoDuration() {}

    /**
     * @throws DockerfileException when it is none, or above 292 years
     */
    static Duration parse(String text) {
        boolean negative = text.startsWith("-");
        String rest = negative || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        if (rest.isEmpty() || rest.length() > MAX_LENGTH) {
            throw invalid(text);
        }
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(rest);
        int at = 0;
        while (at < rest.length()) {
            if (!part.find() || part.start() != at) {
                throw invalid(text);
            }
            nanos = nanos.add(nanosOf(part, text));
            at = part.end();
        }
        if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw invalid(text);
        }
        return Duration.ofNanos(negative ? -nanos.longValue() : nanos.longValue());
    }

    private static BigDecimal nanosOf(Matcher part, String text) {
        String fraction = part.group(2) == null ? "" : part.group(2).substring(1);
        if (part.group(1).isEmpty() && fraction.isEmpty()) {
            throw invalid(text);
        }
        return new BigDecimal("0" + part.group(1) + "." + fraction + "0")
                .multiply(BigDecimal.valueOf(NANOS.getOrDefault(part.group(3), 0L)));
    }

    private static DockerfileException invalid(String text) {
        return new DockerfileException(
                "invalid duration \"" + text + "\": expected as in 30s, 1m30s or 500ms");
    }
}
