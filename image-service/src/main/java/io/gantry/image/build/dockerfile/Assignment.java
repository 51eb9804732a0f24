package io.gantry.image.build.dockerfile;

/**
 * A name with its value, in ENV and LABEL.
 *
 * @param legacy written as {@code NAME value} with all that follows as the value
 */
public record Assignment(String name, String value, boolean legacy) {}
