package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.Int64Value;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Scalars. */
final class Fields {

    private Fields() {}

    static InvalidArgumentException invalid(String field, Object value, String wanted) {
        return new InvalidArgumentException(field + " is \"" + value + "\": " + wanted);
    }

    static String required(String field, String value) {
        if (value.isEmpty()) {
            throw new InvalidArgumentException(field + " is missing");
        }
        return value;
    }

    /** A path or a part of one, or nothing. */
    static String path(String field, String value) {
        if (value.indexOf('\0') >= 0) {
            throw invalid(field, value.replace("\0", "\\0"), "it holds a NUL");
        }
        return value;
    }

    static @Nullable Long orNull(boolean present, Int64Value value) {
        return present ? value.getValue() : null;
    }

    static Int64Value number(long value) {
        return Int64Value.newBuilder().setValue(value).build();
    }

    /** Unix nanoseconds; 0 for what has not happened. */
    static long nanos(@Nullable Instant instant) {
        return instant == null
                ? 0
                : TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }
}
