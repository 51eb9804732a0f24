package io.gantry.image.build.api;

import io.gantry.image.build.source.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Is told what a build does. */
@FunctionalInterface
public interface BuildProgress {

    /** Takes an event; returns soon, for the build waits. */
    void accept(Event event);

    /** Something that happened. */
    sealed interface Event {}

    /**
     * A piece of work is known.
     *
     * @param vertex number of the piece, in order of appearance, from 1
     * @param name as Docker shows it: {@code [builder 2/5] RUN make}
     * @param place of its instruction; empty: work of the builder itself
     */
    record Known(int vertex, String name, Optional<Place> place) implements Event {}

    /** Work on it began. */
    record Started(int vertex, Instant at) implements Event {}

    /** Its result was there. */
    record Cached(int vertex) implements Event {}

    /**
     * Output of a command, or a line about what is going on.
     *
     * @param error whether it came by stderr
     * @param bytes as they came; a line may be in pieces
     */
    record Log(int vertex, boolean error, Content bytes, Instant at) implements Event {}

    /**
     * How far something is.
     *
     * @param what {@code sha256:… } or a name
     * @param total 0: not known
     */
    record Bytes(int vertex, String what, long current, long total) implements Event {}

    /** It is done. */
    record Completed(int vertex, Duration duration) implements Event {}

    /**
     * It did not succeed.
     *
     * @param message what is wrong
     * @param excerpt of the Dockerfile, its line marked; may be empty
     */
    record Failed(int vertex, String message, String excerpt, Duration duration) implements Event {}

    /** It was given up, since something else failed or nobody waits any more. */
    record Canceled(int vertex) implements Event {}

    /**
     * Something that the build's author might want to change.
     *
     * @param rule name of the check; empty: none of these
     */
    record Warning(String rule, String message, Optional<Place> place) implements Event {}
}
