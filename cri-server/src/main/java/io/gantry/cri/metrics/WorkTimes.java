package io.gantry.cri.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How long pulls and the phases of starts took, and how much pulls received. Thread-safe. */
public final class WorkTimes {

    private static final String BYTES = "gantry_image_pull_bytes_total";

    private final Times pulls =
            new Times(
                    "gantry_image_pull_seconds",
                    "Seconds that pulls took, by their result; several that wait for one count"
                            + " once.",
                    List.of("result"));
    private final Times phases =
            new Times(
                    "gantry_start_phase_seconds",
                    "Seconds that phases of starts took, failed ones included, of sandboxes and"
                            + " containers.",
                    List.of("of", "phase"));
    private final LongAdder bytes = new LongAdder();

    /**
     * A pull has ended.
     *
     * @param result a word
     * @param received bytes of layers, as packed
     */
    public void pulled(String result, long received, long nanos) {
        pulls.add(List.of(result), nanos);
        bytes.add(received);
    }

    /**
     * A phase of a start has ended.
     *
     * @param of what is started: sandbox or container
     */
    public void started(String of, String phase, long nanos) {
        phases.add(List.of(of, phase), nanos);
    }

    /** Writes what is known by now. */
    public void writeTo(Exposition text) {
        pulls.writeTo(text);
        text.counter(BYTES, "Bytes of layers that pulls received, as packed.")
                .sample(BYTES, Map.of(), bytes.sum());
        phases.writeTo(text);
    }
}
