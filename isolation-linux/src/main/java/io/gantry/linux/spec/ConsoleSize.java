package io.gantry.linux.spec;

/**
 * The size of a terminal, in characters.
 *
 * @param height 1 to 65535
 * @param width 1 to 65535
 */
public record ConsoleSize(int height, int width) {

    private static final int LARGEST = 0xffff;

    public ConsoleSize {
        if (height < 1 || height > LARGEST || width < 1 || width > LARGEST) {
            throw new IllegalArgumentException(
                    "a terminal of " + height + " lines and " + width + " columns");
        }
    }
}
