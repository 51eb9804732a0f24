package io.gantry.cli;

import com.google.protobuf.MessageOrBuilder;
import picocli.CommandLine.Option;

/** How progress is shown. */
final class ProgressOptions {

    /** The ways there are. */
    enum Mode {
        AUTO,
        TTY,
        PLAIN,
        JSON,
        QUIET
    }

    @Option(
            names = "--progress",
            paramLabel = "HOW",
            description =
                    "auto (default: bars on a terminal, else lines), tty, plain, json (one object a"
                            + " line on standard output) or quiet.")
    private Mode mode = Mode.AUTO;

    @Option(
            names = {"-q", "--quiet"},
            description = "As --progress=quiet: print the reference only.")
    private boolean quiet;

    boolean json() {
        return !quiet && mode == Mode.JSON;
    }

    boolean quiet() {
        return quiet || mode == Mode.QUIET;
    }

    /** Bars or lines, on standard error; nothing where programs read or nobody does. */
    ProgressView view(Streams streams) {
        if (quiet() || json()) {
            return ProgressView.NONE;
        }
        boolean bars =
                mode == Mode.TTY || (mode == Mode.AUTO && streams.screen().canRedrawMessages());
        return bars
                ? new ProgressBars(streams.err(), streams.screen()::size)
                : new ProgressLines(streams.err());
    }

    /** Tells people something beside the rows. */
    void say(Streams streams, String text) {
        if (!quiet() && !json()) {
            streams.err().println(text);
            streams.err().flush();
        }
    }

    /** Passes an answer on to a program, if one reads. */
    void pass(Streams streams, MessageOrBuilder answer) {
        if (json()) {
            streams.out().println(JsonText.line(answer));
            streams.out().flush();
        }
    }
}
