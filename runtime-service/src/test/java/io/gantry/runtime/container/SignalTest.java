package io.gantry.runtime.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalTest {

    @ParameterizedTest
    @CsvSource({
        "SIGTERM, 15",
        "term, 15",
        "9, 9",
        "SIGSYS, 31",
        "SIGIOT, 6",
        "SIGRTMIN, 34",
        "SIGRTMIN+3, 37",
        "RTMAX-1, 63",
        "SIGRTMAX, 64"
    })
    void namesAndNumbersAreRead(String text, int number) {
        assertThat(Signal.parse(text).number()).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIG", "SIGNOPE", "0", "65", "-9", "RTMIN+31", "RTMIN+-1"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Signal.parse(text))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void everySignalIsReadBackFromItsName() {
        for (int number = 1; number <= 64; number++) {
            Signal signal = new Signal(number);
            assertThat(Signal.parse(signal.name())).isEqualTo(signal);
        }
    }
}
