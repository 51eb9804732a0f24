package io.gantry.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as they are written on the command line; what cannot be read names its option. */
final class Quantities {

    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)([kmgt]?)(?:i?b)?");
    private static final Pattern AGE = Pattern.compile("(\\d+)([smhd])");
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);

    private Quantities() {}

    /** Bytes, of a number with a binary suffix: {@code 512m}, {@code 1.5g}, {@code 4096}. */
    static long parseBytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new UsageException(option + ": '" + text + "' is not a size such as 512m or 1g");
        }
        int power = matcher.group(2).isEmpty() ? 0 : "kmgt".indexOf(matcher.group(2)) + 1;
        return toLong(option, text, new BigDecimal(matcher.group(1)).multiply(pow1024(power)));
    }

    /** Thousandths of a processor, of {@code 1.5}. */
    static long parseCpuMillis(String option, String text) {
        long millis = toLong(option, text, decimal(option, text).movePointRight(3));
        if (millis < 1) {
            throw new UsageException(option + ": '" + text + "' is less than 0.001 processors");
        }
        return millis;
    }

    /** A whole number that is not negative. */
    static long parseCount(String option, String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new UsageException(option + ": '" + text + "' is not a whole number");
        }
        return Long.parseLong(text);
    }

    /** Unix nanoseconds of a time, of Unix seconds, or of a span before {@code now}. */
    static long parseMoment(String option, String text, Instant now) {
        Matcher age = AGE.matcher(text);
        if (age.matches()) {
            return nanos(now.minus(span(Long.parseLong(age.group(1)), age.group(2))));
        }
        if (text.matches("\\d+(\\.\\d{1,9})?")) {
            return toLong(option, text, decimal(option, text).multiply(NANOS));
        }
        try {
            return nanos(Instant.parse(text));
        } catch (DateTimeException e) {
            throw new UsageException(
                    option + ": '" + text + "' is neither a time nor a span such as 10m");
        }
    }

    private static Duration span(long count, String unit) {
        return switch (unit) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    private static long nanos(Instant moment) {
        return Math.addExact(
                Math.multiplyExact(moment.getEpochSecond(), 1_000_000_000L), moment.getNano());
    }

    private static BigDecimal pow1024(int power) {
        return BigDecimal.valueOf(1L << (10 * power));
    }

    private static BigDecimal decimal(String option, String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new UsageException(option + ": '" + text + "' is not a number");
        }
    }

    private static long toLong(String option, String text, BigDecimal value) {
        try {
            return value.setScale(0, RoundingMode.HALF_UP).longValueExact();
        } catch (ArithmeticException e) {
            throw new UsageException(option + ": '" + text + "' is too large");
        }
    }
}
