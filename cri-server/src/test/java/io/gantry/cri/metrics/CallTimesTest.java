package io.gantry.cri.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallTimesTest {

    private final CallTimes times = new CallTimes();

    private String text() {
        Exposition text = new Exposition();
        times.writeTo(text);
        return text.toString();
    }

    private void call(String method, String code, long millis) {
        times.began(method);
        times.ended(method, code, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void callsAreCountedInEveryBucketThatTheyAreNotSlowerThan() {
        call("s/List", "OK", 1);
        call("s/List", "OK", 200);
        call("s/List", "OK", 3_600_000);
        call("s/List", "NOT_FOUND", 0);

        assertThat(text())
                .contains(
                        "gantry_call_seconds_bucket{method=\"s/List\",code=\"OK\",le=\"0.001\"}"
                                + " 1\n",
                        "gantry_call_seconds_bucket{method=\"s/List\",code=\"OK\",le=\"0.1\"} 1\n",
                        "gantry_call_seconds_bucket{method=\"s/List\",code=\"OK\",le=\"0.25\"} 2\n",
                        "gantry_call_seconds_bucket{method=\"s/List\",code=\"OK\",le=\"600.0\"}"
                                + " 2\n",
                        "gantry_call_seconds_bucket{method=\"s/List\",code=\"OK\",le=\"+Inf\"} 3\n",
                        "gantry_call_seconds_sum{method=\"s/List\",code=\"OK\"} 3600.201\n",
                        "gantry_call_seconds_count{method=\"s/List\",code=\"OK\"} 3\n",
                        "gantry_call_seconds_count{method=\"s/List\",code=\"NOT_FOUND\"} 1\n");
    }

    @Test
    void callsUnderWayAreTold() {
        times.began("s/Pull");
        times.began("s/Pull");
        times.ended("s/Pull", "OK", 1);
        assertThat(text())
                .contains("# TYPE gantry_calls_running gauge\n")
                .contains("gantry_calls_running{method=\"s/Pull\"} 1\n");
    }

    @Test
    void labelsAreEscaped() {
        String text =
                new Exposition()
                        .gauge("a", "line\nand \\")
                        .sample("a", Map.of("l", "\"x\"\\\n"), 1)
                        .toString();
        assertThat(text)
                .isEqualTo(
                        """
                        # HELP a line\\nand \\\\
                        # TYPE a gauge
                        a{l="\\"x\\"\\\\\\n"} 1
                        """);
    }
}
