package io.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuRatesTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final StillClock clock = new StillClock();
    private final Map<String, Long> counters = new ConcurrentHashMap<>();
    private final CpuRates rates = new CpuRates(this::read, counters::keySet, clock);

    @AfterEach
    void close() {
        rates.close();
    }

    private long read(String group) throws IOException {
        Long value = counters.get(group);
        if (value == null || value < 0) {
            throw new IOException("no such group " + group);
        }
        return value;
    }

    private OptionalLong rateAt(String group, long usage) {
        return rates.rate(group, clock.nanoTime(), usage);
    }

    @Test
    void thereIsNoRateBeforeThereIsSomethingToCompareWith() {
        assertThat(rateAt("/a", 100)).isEmpty();
        clock.pass(CpuRates.SHORTEST.minusNanos(1));
        assertThat(rateAt("/a", 200)).isEmpty();
    }

    @Test
    void twoQuestionsMakeARate() {
        assertThat(rateAt("/a", 100)).isEmpty();
        clock.pass(Duration.ofSeconds(2));
        assertThat(rateAt("/a", 100 + SECOND)).hasValue(SECOND / 2);
    }

    @Test
    void theRateIsThatSinceTheLastSampleThatIsOldEnough() {
        counters.put("/a", 0L);
        rates.sample();
        clock.pass(CpuRates.PERIOD);
        counters.put("/a", 10 * SECOND);
        rates.sample();
        // Too young: the one before counts.
        clock.pass(Duration.ofMillis(500));
        assertThat(rateAt("/a", 10 * SECOND + SECOND / 2)).hasValue(SECOND);
        clock.pass(Duration.ofMillis(1500));
        assertThat(rateAt("/a", 10 * SECOND + SECOND / 2)).hasValue(SECOND / 4);
    }

    @Test
    void aCounterThatWentBackIsAnotherGroupOfThatName() {
        assertThat(rateAt("/a", 100)).isEmpty();
        clock.pass(Duration.ofSeconds(2));
        assertThat(rateAt("/a", 50)).isEmpty();
    }

    @Test
    void aGroupThatIsGoneOrUnreadableIsForgotten() {
        counters.put("/a", 5L);
        counters.put("/b", 5L);
        rates.sample();
        counters.remove("/a");
        counters.put("/b", -1L);
        rates.sample();
        clock.pass(Duration.ofSeconds(2));
        assertThat(rateAt("/a", 100)).isEmpty();
        assertThat(rateAt("/b", 100)).isEmpty();
    }
}
