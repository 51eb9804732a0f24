package io.gantry.image.build.source;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Dockerfile, an ignore file or a value in one breaks the rules. Everything that reads these
 * throws this and nothing else.
 *
 * <p>Who finds the fault knows the reason and at best the part of the instruction; who knows the
 * file gives it its place, once.
 */
public final class DockerfileException extends InvalidArgumentException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final @Nullable Place place;
    private final String excerpt;
    private final transient @Nullable Span span;

    /** A fault of the instruction as a whole. */
    public DockerfileException(String reason) {
        this(reason, (Span) null);
    }

    /** A fault of a part of the instruction. */
    public DockerfileException(String reason, @Nullable Span span) {
        super(reason);
        this.reason = reason;
        this.span = span;
        this.place = null;
        this.excerpt = "";
    }

    /** A fault at a place, shown by an excerpt of the file. */
    public DockerfileException(String reason, Place place, String excerpt) {
        super(place + ": " + reason);
        this.reason = reason;
        this.span = null;
        this.place = place;
        this.excerpt = excerpt;
    }

    /** The same fault with its place; itself when it has one already. */
    public DockerfileException at(Place where, SourceText source) {
        if (place != null) {
            return this;
        }
        DockerfileException placed = new DockerfileException(reason, where, source.excerpt(where));
        placed.setStackTrace(getStackTrace());
        return placed;
    }

    /** What is wrong, without the place. */
    public String reason() {
        return reason;
    }

    /** The faulty part of the instruction, when there is one. */
    public Optional<Span> span() {
        return Optional.ofNullable(span);
    }

    /** Empty until the fault has reached somebody who knows the file. */
    public Optional<Place> place() {
        return Optional.ofNullable(place);
    }

    /** Lines around the place, each ended by a newline, with the part marked; or empty. */
    public String excerpt() {
        return excerpt;
    }
}
