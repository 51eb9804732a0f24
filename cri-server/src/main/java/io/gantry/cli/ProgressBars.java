package io.gantry.cli;

import io.gantry.proto.engine.TerminalSize;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A line for each row, drawn over those of the time before. No line is ever as wide as the
 * terminal, and never are there more than fit on it: the cursor could not be taken back to the
 * first one otherwise.
 */
final class ProgressBars implements ProgressView {

    private static final int MAX_BAR = 50;
    private static final int MIN_BAR = 8;
    private static final String ESCAPE = "\u001b[";
    private static final String CLEAR_LINE = ESCAPE + "K";
    private static final String CLEAR_BELOW = ESCAPE + "J";

    private final PrintStream out;
    private final Supplier<TerminalSize> size;
    private int drawn;

    ProgressBars(PrintStream out, Supplier<TerminalSize> size) {
        this.out = out;
        this.size = size;
    }

    @Override
    public void show(List<ProgressRow> rows) {
        TerminalSize now = size.get();
        List<ProgressRow> fitting = fitting(rows, Math.max(1, now.getRows() - 1));
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append(ESCAPE).append(drawn).append('A');
        }
        for (ProgressRow row : fitting) {
            text.append('\r').append(line(row, now.getColumns())).append(CLEAR_LINE).append('\n');
        }
        text.append(CLEAR_BELOW);
        drawn = fitting.size();
        out.print(text);
        out.flush();
    }

    /** The rows for which there is room: of those that are over, the last. */
    private static List<ProgressRow> fitting(List<ProgressRow> rows, int room) {
        int surplus = rows.size() - room;
        List<ProgressRow> fitting = new ArrayList<>();
        for (ProgressRow row : rows) {
            if (surplus > 0 && row.over()) {
                surplus--;
            } else {
                fitting.add(row);
            }
        }
        return fitting.subList(0, Math.min(room, fitting.size()));
    }

    static String line(ProgressRow row, int columns) {
        String head = row.id() + ": " + row.status();
        String line = head;
        if (row.moving()) {
            String amount = " " + HumanText.size(row.bytes()) + "/" + HumanText.size(row.total());
            // Two brackets, a blank before them, and the last column, which stays free.
            int bar = Math.min(MAX_BAR, columns - head.length() - amount.length() - 4);
            line = head + (bar >= MIN_BAR ? " [" + bar(row, bar) + "]" : "") + amount;
        }
        return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1));
    }

    private static String bar(ProgressRow row, int width) {
        double share = row.total() <= 0 ? 0 : Math.min(1.0, (double) row.bytes() / row.total());
        int filled = (int) (share * width);
        return "=".repeat(Math.max(0, filled - 1))
                + (filled > 0 ? ">" : "")
                + " ".repeat(width - filled);
    }
}
