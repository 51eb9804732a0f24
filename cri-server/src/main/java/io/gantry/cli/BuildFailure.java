package io.gantry.cli;

import io.gantry.proto.build.Event;
import io.gantry.proto.build.Failure;
import io.gantry.proto.build.Outcome;
import io.grpc.Status;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers of a build what a person wants to see of a failure: the last lines of the step that
 * failed, and its part of the Dockerfile. Used by one thread.
 */
final class BuildFailure {

    private static final int LINES = 20;
    private static final int MAX_LINE = 4096;

    private final Map<Integer, Output> outputs = new HashMap<>();
    private @Nullable Output failed;
    private @Nullable Failure failure;

    /** What a vertex wrote last. */
    private static final class Output {
        private String name = "";
        private long startedAt;
        private final Deque<String> lines = new ArrayDeque<>();
        private final StringBuilder rest = new StringBuilder();

        void add(String text, String stamp) {
            rest.append(text);
            int end = rest.indexOf("\n");
            while (end >= 0) {
                push(stamp + " " + rest.substring(0, end));
                rest.delete(0, end + 1);
                end = rest.indexOf("\n");
            }
            if (rest.length() > MAX_LINE) {
                rest.delete(0, rest.length() - MAX_LINE);
            }
        }

        void push(String line) {
            lines.add(line);
            if (lines.size() > LINES) {
                lines.poll();
            }
        }
    }

    void event(Event event) {
        switch (event.getEventCase()) {
            case VERTEX -> output(event.getVertex().getVertex()).name = event.getVertex().getName();
            case STARTED -> output(event.getStarted().getVertex()).startedAt = event.getAt();
            case LOG -> {
                Output output = output(event.getLog().getVertex());
                String stamp = BuildLines.seconds(event.getAt() - output.startedAt);
                output.add(BuildLines.text(event.getLog().getData()), stamp);
            }
            case FINISHED -> finished(event.getFinished());
            case CACHED, TRANSFER, WARNING, EVENT_NOT_SET -> {
                // No part of a failure.
            }
        }
    }

    private void finished(Event.Finished finished) {
        Output output = outputs.remove(finished.getVertex());
        if (output != null && finished.getOutcome() == Outcome.OUTCOME_FAILED && failed == null) {
            failed = output;
            if (!output.rest.isEmpty()) {
                output.push(BuildLines.seconds(finished.getDuration()) + " " + output.rest);
            }
        }
    }

    void failed(Failure message) {
        failure = message;
    }

    /** Tells it as Docker does. */
    void print(PrintStream out, Status status) {
        if (failed != null) {
            out.println("------\n > " + failed.name + ":");
            failed.lines.forEach(out::println);
            out.println("------");
        }
        String message = String.valueOf(status.getDescription());
        if (failure != null) {
            message = failure.getMessage();
            out.print(failure.getExcerpt());
        }
        out.println("ERROR: failed to solve: " + message);
        out.flush();
    }

    private Output output(int vertex) {
        return outputs.computeIfAbsent(vertex, _ -> new Output());
    }
}
