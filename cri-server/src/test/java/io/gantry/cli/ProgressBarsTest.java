package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.proto.engine.TerminalSize;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressBarsTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void aBarIsAsFullAsItsShare() {
        assertThat(ProgressBars.line(moving("a", 50, 100), 200))
                .isEqualTo("a: Moving [" + "=".repeat(24) + ">" + " ".repeat(25) + "] 50B/100B");
        assertThat(ProgressBars.line(moving("a", 0, 100), 200))
                .contains("[" + " ".repeat(50) + "]");
        assertThat(ProgressBars.line(moving("a", 200, 100), 200))
                .contains("[" + "=".repeat(49) + ">]");
        assertThat(ProgressBars.line(moving("a", 5, 0), 200)).contains("[" + " ".repeat(50) + "]");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 20, 30, 40, 60, 80, 300})
    void noLineIsAsWideAsTheTerminal(int columns) {
        assertThat(ProgressBars.line(moving("0123456789ab", 1_230_000, 45_600_000), columns))
                .hasSizeLessThan(columns);
        assertThat(ProgressBars.line(over("0123456789ab"), columns)).hasSizeLessThan(columns);
    }

    @Test
    void rowsAreDrawnOverTheOldOnes() {
        ProgressBars bars = bars(80, 24);
        bars.show(List.of(moving("a", 1, 2), moving("b", 1, 2)));
        out.reset();
        bars.show(List.of(over("a"), over("b"), moving("c", 1, 2)));
        assertThat(text())
                .startsWith("\u001b[2A\ra: Over\u001b[K\n\rb: Over\u001b[K\n\rc: Moving")
                .endsWith("\u001b[K\n\u001b[J");
    }

    @Test
    void whatIsOverMakesRoomOnASmallTerminal() {
        ProgressBars bars = bars(80, 4);
        bars.show(List.of(over("a"), over("b"), moving("c", 1, 2), over("d"), moving("e", 1, 2)));
        assertThat(text()).contains("c: Moving", "d: Over", "e: Moving");
        assertThat(text()).doesNotContain("a: Over", "b: Over");
        out.reset();
        bars.show(List.of(moving("a", 1, 2)));
        assertThat(text()).startsWith("\u001b[3A");
    }

    private ProgressBars bars(int columns, int rows) {
        TerminalSize size = TerminalSize.newBuilder().setColumns(columns).setRows(rows).build();
        return new ProgressBars(new PrintStream(out, true, StandardCharsets.UTF_8), () -> size);
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static ProgressRow moving(String id, long bytes, long total) {
        return new ProgressRow(id, "Moving", bytes, total, true, false);
    }

    private static ProgressRow over(String id) {
        return new ProgressRow(id, "Over", 0, 0, false, true);
    }
}
