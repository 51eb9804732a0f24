package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.container.Signal;
import org.jspecify.annotations.Nullable;

/** Signals: the CRI numbers them in its own way, and their names carry the meaning. */
final class SignalProtos {

    private static final String PREFIX = "SIGNAL_";
    private static final int RTMIN = 34;
    private static final int RTMAX = 64;

    /** Above SIGRTMIN+15 the CRI counts down from SIGRTMAX. */
    private static final int MAX_ABOVE_RTMIN = 15;

    private SignalProtos() {}

    /** The signal; null for the runtime's choice. */
    static @Nullable Signal toDomain(String field, io.gantry.proto.cri.Signal proto) {
        return switch (proto) {
            case SIGNAL_RUNTIME_DEFAULT -> null;
            case UNRECOGNIZED -> throw new InvalidArgumentException(field + " is unknown");
            default ->
                    Signal.parse(
                            proto.name()
                                    .substring(PREFIX.length())
                                    .replace("MINPLUS", "MIN+")
                                    .replace("MAXMINUS", "MAX-"));
        };
    }

    static io.gantry.proto.cri.Signal toProto(Signal signal) {
        String name = signal.name();
        if (signal.number() >= RTMIN) {
            int above = signal.number() - RTMIN;
            int below = RTMAX - signal.number();
            if (above == 0) {
                name = "SIGRTMIN";
            } else if (below == 0) {
                name = "SIGRTMAX";
            } else {
                name = above <= MAX_ABOVE_RTMIN ? "SIGRTMINPLUS" + above : "SIGRTMAXMINUS" + below;
            }
        }
        try {
            return io.gantry.proto.cri.Signal.valueOf(PREFIX + name);
        } catch (IllegalArgumentException e) {
            // 32 and 33 are the C library's own and have no name in the CRI.
            return io.gantry.proto.cri.Signal.SIGNAL_RUNTIME_DEFAULT;
        }
    }
}
