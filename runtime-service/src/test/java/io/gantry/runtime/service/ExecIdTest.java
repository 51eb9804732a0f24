package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ExecIdTest {

    @Test
    void theEndIsInTheName() {
        Instant end = Instant.ofEpochMilli(1_700_000_000_123L);
        assertThat(ExecId.end(ExecId.until(end))).contains(end);
        assertThat(ExecId.until(end)).isNotEqualTo(ExecId.until(end));
    }

    @Test
    void theShimTakesIt() {
        assertThat(ExecId.until(Instant.ofEpochMilli(Long.MAX_VALUE)).length())
                .isLessThanOrEqualTo(128);
    }

    @Test
    void anythingElseHasNone() {
        assertThat(ExecId.end(ExecId.endless())).isEmpty();
        assertThat(ExecId.end("")).isEmpty();
        assertThat(ExecId.end("a-until-")).isEmpty();
        assertThat(ExecId.end("a-until-x")).isEmpty();
        assertThat(ExecId.end("a-until-99999999999999999999")).isEmpty();
    }
}
