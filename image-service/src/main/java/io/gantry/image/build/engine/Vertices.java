package io.gantry.image.build.engine;

import io.gantry.base.Clock;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildProgress.Event;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.source.Place;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Numbers the pieces of a build's work and tells of them, one event at a time. Thread-safe. */
final class Vertices {

    private final BuildProgress progress;
    private final Clock clock;
    private int last;

    Vertices(BuildProgress progress, Clock clock) {
        this.progress = progress;
        this.clock = clock;
    }

    /** A piece of work. Thread-safe. */
    final class Vertex {
        private final int number;
        private final long began = clock.nanoTime();

        private Vertex(int number) {
            this.number = number;
        }

        void cached() {
            tell(new BuildProgress.Cached(number));
        }

        void log(boolean error, byte[] bytes, int offset, int length) {
            Content content = Content.of(bytes, offset, length);
            tell(new BuildProgress.Log(number, error, content, clock.now()));
        }

        void log(String line) {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            log(false, bytes, 0, bytes.length);
        }

        void completed() {
            tell(new BuildProgress.Completed(number, duration()));
        }

        void failed(String message, String excerpt) {
            tell(new BuildProgress.Failed(number, message, excerpt, duration()));
        }

        void canceled() {
            tell(new BuildProgress.Canceled(number));
        }

        private Duration duration() {
            return Duration.ofNanos(clock.nanoTime() - began);
        }
    }

    /** Begins a piece of work. */
    synchronized Vertex start(String name, Optional<Place> place) {
        Vertex vertex = new Vertex(++last);
        tell(new BuildProgress.Known(vertex.number, name, place));
        tell(new BuildProgress.Started(vertex.number, clock.now()));
        return vertex;
    }

    synchronized void tell(Event event) {
        progress.accept(event);
    }
}
