package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.proto.build.Event;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A build as lines, in the form that Docker's users know: {@code #5 0.213 text}. */
final class BuildLines implements BuildView {

    private final PrintStream out;
    private final Map<Integer, Work> works = new HashMap<>();
    private @Nullable Work current;

    BuildLines(PrintStream out) {
        this.out = out;
    }

    /** A vertex. */
    private static final class Work {
        private final int number;
        private final String name;
        private final StringBuilder rest = new StringBuilder();
        private long startedAt;

        Work(int number, String name) {
            this.number = number;
            this.name = name;
        }
    }

    @Override
    public void contextSent(String name, int entries, long files, long bytes) {
        out.println(
                "#0 [internal] load build context"
                        + (name.isEmpty() ? "" : " " + name)
                        + "\n#0 transferring context: "
                        + HumanText.size(bytes)
                        + " in "
                        + files
                        + " of "
                        + entries
                        + " entries\n#0 DONE");
        out.flush();
    }

    @Override
    public void event(Event event) {
        switch (event.getEventCase()) {
            case VERTEX ->
                    works.put(
                            event.getVertex().getVertex(),
                            new Work(event.getVertex().getVertex(), event.getVertex().getName()));
            case STARTED -> {
                Work work = work(event.getStarted().getVertex());
                work.startedAt = event.getAt();
                turnTo(work);
            }
            case CACHED -> line(work(event.getCached().getVertex()), "CACHED");
            case LOG -> log(event);
            case FINISHED -> finished(event.getFinished());
            case WARNING -> {
                current = null;
                out.println("\n" + warning(event.getWarning()));
            }
            case TRANSFER, EVENT_NOT_SET -> {
                // Too often for lines.
            }
        }
        out.flush();
    }

    static String warning(Event.Warning warning) {
        String place =
                warning.hasPlace()
                        ? " (%s:%d)"
                                .formatted(
                                        warning.getPlace().getFile(),
                                        warning.getPlace().getFirstLine())
                        : "";
        String rule = warning.getRule().isEmpty() ? "" : warning.getRule() + ": ";
        return "WARN: " + rule + warning.getMessage() + place;
    }

    private void log(Event event) {
        Event.Log log = event.getLog();
        Work work = work(log.getVertex());
        work.rest.append(text(log.getData()));
        int end = work.rest.indexOf("\n");
        while (end >= 0) {
            line(work, seconds(event.getAt() - work.startedAt) + " " + cut(work.rest, end));
            end = work.rest.indexOf("\n");
        }
    }

    private void finished(Event.Finished finished) {
        Work work = work(finished.getVertex());
        if (!work.rest.isEmpty()) {
            line(work, seconds(finished.getDuration()) + " " + cut(work.rest, work.rest.length()));
        }
        switch (finished.getOutcome()) {
            case OUTCOME_DONE -> line(work, "DONE " + tenths(finished.getDuration()) + "s");
            case OUTCOME_CANCELED -> line(work, "CANCELED");
            case OUTCOME_FAILED, UNRECOGNIZED -> line(work, "ERROR: " + finished.getMessage());
        }
    }

    private static String cut(StringBuilder text, int end) {
        String line = text.substring(0, end);
        text.delete(0, Math.min(text.length(), end + 1));
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private void line(Work work, String text) {
        turnTo(work);
        out.println("#" + work.number + " " + text);
    }

    private void turnTo(Work work) {
        if (current != work) {
            current = work;
            out.println("\n#" + work.number + " " + work.name);
        }
    }

    private Work work(int number) {
        return works.computeIfAbsent(number, it -> new Work(it, ""));
    }

    static String text(ByteString bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f", Math.max(0, nanos) / 1e9);
    }

    static String tenths(long nanos) {
        return String.format(Locale.ROOT, "%.1f", Math.max(0, nanos) / 1e9);
    }

    @Override
    public void close() {
        out.flush();
    }
}
