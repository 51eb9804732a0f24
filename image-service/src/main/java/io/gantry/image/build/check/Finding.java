package io.gantry.image.build.check;

import io.gantry.image.build.source.Place;

/**
 * What a check found.
 *
 * @param severity of the finding
 * @param message about what, in a sentence
 * @param place the instruction, or the line
 */
public record Finding(Check check, Severity severity, String message, Place place) {

    /** How much it matters. */
    public enum Severity {
        /** The build goes on. */
        WARNING,
        /** The file asks for builds with findings to fail. */
        ERROR
    }

    /** As {@code WorkdirRelativePath: relative … (line 3)}. */
    @Override
    public String toString() {
        return check.ruleName() + ": " + message + " (line " + place.line() + ")";
    }
}
