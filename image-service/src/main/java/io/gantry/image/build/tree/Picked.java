package io.gantry.image.build.tree;

/**
 * A source of COPY or ADD.
 *
 * @param node what is copied, links followed
 * @param name by which it was asked for: its own in the destination
 * @param directory that it keeps in the destination, with {@code --parents}; else empty
 */
public record Picked(Node node, String name, String directory) {}
