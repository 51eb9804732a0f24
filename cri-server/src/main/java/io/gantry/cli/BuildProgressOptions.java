package io.gantry.cli;

import io.gantry.proto.build.Event;
import java.io.PrintStream;
import picocli.CommandLine.Option;

/** How a build is shown. */
final class BuildProgressOptions {

    /** The ways there are. */
    enum Mode {
        AUTO,
        TTY,
        PLAIN,
        JSON,
        RAWJSON,
        QUIET
    }

    @Option(
            names = "--progress",
            paramLabel = "HOW",
            description =
                    "auto (default: a live tree on a terminal, else lines), tty, plain, json or"
                            + " rawjson (one object a line on standard error) or quiet.")
    private Mode mode = Mode.AUTO;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show nothing but the image's id at the end.")
    private boolean quiet;

    boolean quiet() {
        return quiet || mode == Mode.QUIET;
    }

    BuildView view(Streams streams) {
        if (quiet()) {
            return BuildView.NONE;
        }
        return switch (mode) {
            case JSON, RAWJSON -> new Json(streams.err());
            case PLAIN, QUIET -> new BuildLines(streams.err());
            case TTY -> new BuildTree(streams.err(), streams.screen()::size);
            case AUTO ->
                    streams.screen().canRedrawMessages()
                            ? new BuildTree(streams.err(), streams.screen()::size)
                            : new BuildLines(streams.err());
        };
    }

    /** For programs. */
    private record Json(PrintStream out) implements BuildView {
        @Override
        public void contextSent(String name, int entries, long files, long bytes) {
            // Said by nobody but this client.
        }

        @Override
        public void event(Event event) {
            out.println(JsonText.line(event));
            out.flush();
        }

        @Override
        public void close() {
            out.flush();
        }
    }
}
