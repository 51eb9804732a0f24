package io.gantry.image.build.source;

import java.io.Serializable;

/**
 * A part of a file.
 *
 * @param file as the user names it
 * @param line of its first character, from 1
 * @param column of its first character in that line, from 1, in UTF-16 units
 * @param endLine of its last character
 * @param endColumn after its last character in that line
 */
public record Place(String file, int line, int column, int endLine, int endColumn)
        implements Serializable {

    private static final long serialVersionUID = 1L;

    /** As {@code Dockerfile:3}. */
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
