package io.gantry.cli;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A line for each row whenever its status changes: for logs. */
final class ProgressLines implements ProgressView {

    private final PrintStream out;
    private final Map<String, String> shown = new HashMap<>();

    ProgressLines(PrintStream out) {
        this.out = out;
    }

    @Override
    public void show(List<ProgressRow> rows) {
        for (ProgressRow row : rows) {
            if (!row.status().equals(shown.put(row.id(), row.status()))) {
                out.println(row.id() + ": " + row.status());
            }
        }
        out.flush();
    }
}
