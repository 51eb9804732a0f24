package io.gantry.image.build.source;

/**
 * What counts as blank in a Dockerfile: Unicode's White_Space, as Go has it. Java's own notions
 * differ, for one on the no-break space.
 */
public final class Blanks {

    private Blanks() {}

    /** Whether the character separates words. All of them are single UTF-16 units. */
    public static boolean isBlank(int c) {
        if (c <= 0xff) {
            return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0;
        }
        return c == 0x1680
                || (c >= 0x2000 && c <= 0x200a)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202f
                || c == 0x205f
                || c == 0x3000;
    }

    /** Index of the first character from {@code from} on that is not blank; else the length. */
    public static int skip(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Index of the first blank from {@code from} on; else the length. */
    public static int next(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && !isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** The text without blanks at its ends. */
    public static String trim(String text) {
        int start = skip(text, 0);
        int end = text.length();
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }
}
