package io.gantry.image.build.source;

/**
 * A part of an instruction whose lines were joined, by offsets in the joined text.
 *
 * @param start of its first character
 * @param end after its last
 */
public record Span(int start, int end) {

    /** The part of {@code length} characters from {@code start} on. */
    public static Span of(int start, int length) {
        return new Span(start, start + length);
    }
}
