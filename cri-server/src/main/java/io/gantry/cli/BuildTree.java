package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.proto.build.Event;
import io.gantry.proto.build.Outcome;
import io.gantry.proto.engine.TerminalSize;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A build as a tree on a terminal, drawn over the time before: the steps with their times, and
 * below one that runs the end of what it writes.
 */
final class BuildTree implements BuildView {

    private static final int TICK_MILLIS = 100;
    private static final int TAIL = 6;
    private static final int TIME_WIDTH = 8;
    private static final String ESCAPE = "\u001b[";

    private final PrintStream out;
    private final Supplier<TerminalSize> size;
    private final Map<Integer, Work> works = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final long began = Clock.SYSTEM.nanoTime();
    private final Thread ticker;
    private int drawn;
    private boolean over;

    BuildTree(PrintStream out, Supplier<TerminalSize> size) {
        this.out = out;
        this.size = size;
        this.ticker = Tasks.start("build-tree", this::tick);
    }

    /** A vertex. */
    private static final class Work {
        private final String name;
        private long started;
        private long duration = -1;
        private boolean cached;
        private @Nullable Outcome outcome;
        private final StringBuilder tail = new StringBuilder();

        Work(String name) {
            this.name = name;
        }

        boolean runs() {
            return started != 0 && outcome == null;
        }
    }

    @Override
    public synchronized void contextSent(String name, int entries, long files, long bytes) {
        Work work =
                new Work(
                        "[internal] load build context"
                                + (name.isEmpty() ? "" : " " + name)
                                + ": "
                                + HumanText.size(bytes));
        work.duration = Clock.SYSTEM.nanoTime() - began;
        work.outcome = Outcome.OUTCOME_DONE;
        works.put(-works.size() - 1, work);
    }

    @Override
    public synchronized void event(Event event) {
        switch (event.getEventCase()) {
            case VERTEX ->
                    works.put(event.getVertex().getVertex(), new Work(event.getVertex().getName()));
            case STARTED -> work(event.getStarted().getVertex()).started = Clock.SYSTEM.nanoTime();
            case CACHED -> work(event.getCached().getVertex()).cached = true;
            case LOG -> {
                StringBuilder tail = work(event.getLog().getVertex()).tail;
                tail.append(BuildLines.text(event.getLog().getData()));
                tail.delete(0, Math.max(0, tail.length() - (8 << 10)));
            }
            case FINISHED -> {
                Work work = work(event.getFinished().getVertex());
                work.outcome = event.getFinished().getOutcome();
                work.duration = event.getFinished().getDuration();
            }
            case WARNING -> warnings.add(BuildLines.warning(event.getWarning()));
            case TRANSFER, EVENT_NOT_SET -> {
                // The step's time tells enough.
            }
        }
    }

    private Work work(int number) {
        return works.computeIfAbsent(number, _ -> new Work(""));
    }

    private void tick() {
        try {
            while (draw(false)) {
                Clock.SYSTEM.sleep(Duration.ofMillis(TICK_MILLIS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean draw(boolean last) {
        if (over && !last) {
            return false;
        }
        TerminalSize now = size.get();
        List<String> lines = lines(now.getColumns(), last);
        // The cursor can be taken back as far as the screen is high.
        int room = Math.max(1, now.getRows() - 1);
        List<String> shown =
                last || lines.size() <= room
                        ? lines
                        : lines.subList(lines.size() - room, lines.size());
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append(ESCAPE).append(drawn).append('A');
        }
        shown.forEach(
                line -> text.append('\r').append(line).append(ESCAPE).append('K').append('\n'));
        text.append(ESCAPE).append('J');
        drawn = shown.size();
        out.print(text);
        out.flush();
        return true;
    }

    private List<String> lines(int columns, boolean last) {
        long done = works.values().stream().filter(each -> each.outcome != null).count();
        long now = Clock.SYSTEM.nanoTime();
        List<String> lines = new ArrayList<>();
        lines.add(
                "[+] Building %ss (%d/%d)%s"
                        .formatted(
                                BuildLines.tenths(now - began),
                                done,
                                works.size(),
                                last ? " FINISHED" : ""));
        for (Work work : works.values()) {
            lines.add(line(work, columns, now));
            if (work.runs() && !last) {
                tail(work, columns, lines);
            }
        }
        if (last) {
            lines.addAll(warnings);
        }
        return lines;
    }

    private static String line(Work work, int columns, long now) {
        String mark =
                work.cached
                        ? "CACHED "
                        : work.outcome == Outcome.OUTCOME_FAILED
                                ? "ERROR "
                                : work.outcome == Outcome.OUTCOME_CANCELED ? "CANCELED " : "";
        long nanos = work.duration >= 0 ? work.duration : work.runs() ? now - work.started : 0;
        int width = Math.max(20, columns - TIME_WIDTH - 1);
        String text = fit(" => " + mark + printable(work.name.replaceAll("[\r\n]", " ")), width);
        return text
                + " ".repeat(width - text.length())
                + String.format("%" + TIME_WIDTH + "s", BuildLines.tenths(nanos) + "s");
    }

    private static void tail(Work work, int columns, List<String> lines) {
        List<String> written = work.tail.toString().lines().toList();
        written.subList(Math.max(0, written.size() - TAIL), written.size())
                .forEach(each -> lines.add(fit(" => => # " + printable(each), columns - 1)));
    }

    /** What would move the cursor stays out. */
    private static String printable(String text) {
        String line = text.substring(text.lastIndexOf('\r') + 1);
        return line.replace("\t", "    ").replaceAll("\u001b\\[[0-9;?]*[A-Za-z]|\\p{Cntrl}", "");
    }

    private static String fit(String text, int width) {
        return text.length() <= width ? text : text.substring(0, Math.max(0, width));
    }

    @Override
    public synchronized void close() {
        if (!over) {
            over = true;
            draw(true);
            ticker.interrupt();
        }
    }
}
