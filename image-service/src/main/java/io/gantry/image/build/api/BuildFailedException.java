package io.gantry.image.build.api;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.source.Place;
import org.jspecify.annotations.Nullable;

/**
 * A step of a build did not succeed: its command failed, or its files cannot be put where they
 * belong.
 */
public final class BuildFailedException extends FailedPreconditionException {

    private static final long serialVersionUID = 1L;

    private final Place place;
    private final String excerpt;

    /**
     * A failure.
     *
     * @param place of the instruction
     * @param excerpt of the file, its lines marked
     */
    public BuildFailedException(
            String message, Place place, String excerpt, @Nullable Throwable cause) {
        super(place + ": " + message, cause);
        this.place = place;
        this.excerpt = excerpt;
    }

    /** Where its instruction is. */
    public Place place() {
        return place;
    }

    /** The lines around. */
    public String excerpt() {
        return excerpt;
    }
}
