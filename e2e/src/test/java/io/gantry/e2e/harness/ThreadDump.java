package io.gantry.e2e.harness;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The threads of a daemon, each with its stack, as the daemon wrote them down. */
record ThreadDump(List<List<String>> threads) {

    private static final int FRAMES = 6;

    static ThreadDump of(Path file) {
        return new ThreadDump(
                List.of(Texts.read(file).split("\n\n")).stream()
                        .map(thread -> thread.lines().map(String::strip).toList())
                        .toList());
    }

    /** Those that are amid something of Gantry's or wait for a class or a lock, a line each. */
    String atWork() {
        return threads.stream()
                .filter(
                        lines ->
                                lines.stream()
                                        .anyMatch(
                                                line ->
                                                        line.startsWith("at io.gantry")
                                                                || line.startsWith("- waiting to")))
                .map(ThreadDump::line)
                .collect(Collectors.joining("\n"));
    }

    /** Name and state, what it waits for, and the innermost frames, of Gantry's first. */
    private static String line(List<String> lines) {
        String frames =
                lines.stream()
                        .filter(line -> line.startsWith("at io.gantry") || line.startsWith("- "))
                        .limit(FRAMES)
                        .map(line -> line.replaceAll("^at |^- |\\)$|@[0-9a-f]+", ""))
                        .map(line -> line.replaceAll("\\(.*:", " "))
                        .collect(Collectors.joining(" < "));
        return lines.getFirst().replaceFirst(" [0-9-]+T[0-9:.]+Z", "")
                + ": "
                + lines.get(Math.min(1, lines.size() - 1))
                + " … "
                + frames;
    }
}
