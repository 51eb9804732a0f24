package io.gantry.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Quantities as people read them. */
final class HumanText {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private HumanText() {}

    /** Three significant digits in powers of a thousand, as {@code 4.27MB}. */
    static String size(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        if (unit == 0) {
            return bytes + UNITS[0];
        }
        String format = value < 9.995 ? "%.2f%s" : value < 99.95 ? "%.1f%s" : "%.0f%s";
        return String.format(Locale.ROOT, format, value, UNITS[unit]);
    }

    /** The largest unit of a duration, as {@code 5 minutes}. */
    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 1) {
            return "Less than a second";
        }
        if (seconds < 60) {
            return count(seconds, "second");
        }
        if (seconds < 3600) {
            return count(seconds / 60, "minute");
        }
        long hours = seconds / 3600;
        if (hours < 48) {
            return count(hours, "hour");
        }
        if (hours < 24 * 14) {
            return count(hours / 24, "day");
        }
        if (hours < 24 * 60) {
            return count(hours / 24 / 7, "week");
        }
        return hours < 24 * 730 ? count(hours / 24 / 30, "month") : count(hours / 24 / 365, "year");
    }

    /**
     * How long ago a moment was.
     *
     * @param unixNanos 0 for never, shown as a dash
     */
    static String ago(long unixNanos, Instant now) {
        return unixNanos == 0 ? "-" : duration(since(unixNanos, now)) + " ago";
    }

    static Duration since(long unixNanos, Instant now) {
        return Duration.between(instant(unixNanos), now);
    }

    /** A moment as RFC 3339 has it, in UTC. */
    static String moment(long unixNanos) {
        return instant(unixNanos).toString();
    }

    private static Instant instant(long unixNanos) {
        return Instant.ofEpochSecond(
                Math.floorDiv(unixNanos, NANOS_PER_SECOND),
                Math.floorMod(unixNanos, NANOS_PER_SECOND));
    }

    private static String count(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s");
    }
}
