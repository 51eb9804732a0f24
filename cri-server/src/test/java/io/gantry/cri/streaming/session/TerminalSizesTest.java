package io.gantry.cri.streaming.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.runtime.exec.WindowSize;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TerminalSizesTest {

    private final TerminalSizes sizes = new TerminalSizes();

    @Test
    void aSizeIsRead() {
        assertThat(read("{\"Width\":80,\"Height\":25}\n")).contains(new WindowSize(25, 80));
    }

    @Test
    void ofSeveralTheLastCounts() {
        assertThat(read("{\"Width\":80,\"Height\":25}\n{\"Width\":100,\"Height\":30}\n"))
                .contains(new WindowSize(30, 100));
    }

    @Test
    void aSizeMayBeCutAnywhere() {
        assertThat(read("{\"Width\":8")).isEmpty();
        assertThat(read("0,\"Height\":25}")).contains(new WindowSize(25, 80));
    }

    @Test
    void whatIsNoSizeIsPassedOver() {
        assertThat(read("{\"Width\":0,\"Height\":0}")).isEmpty();
        assertThat(read("{\"Width\":70000,\"Height\":25}")).isEmpty();
        assertThat(read("}}{{nonsense")).isEmpty();
        assertThat(read("x".repeat(5000))).isEmpty();
        assertThat(read("{\"Height\":25,\"Width\":80}")).contains(new WindowSize(25, 80));
    }

    private Optional<WindowSize> read(String text) {
        return sizes.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
