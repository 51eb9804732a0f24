package io.gantry.runtime.exec;

/**
 * The size of a terminal, in characters.
 *
 * @param rows 1 to 65535
 * @param columns 1 to 65535
 */
public record WindowSize(int rows, int columns) {

    private static final int LARGEST = 0xffff;

    public WindowSize {
        if (!isOne(rows, columns)) {
            throw new IllegalArgumentException(rows + " rows of " + columns + " columns");
        }
    }

    /** Whether a terminal can be so large. */
    public static boolean isOne(int rows, int columns) {
        return rows >= 1 && rows <= LARGEST && columns >= 1 && columns <= LARGEST;
    }
}
