package io.gantry.image.layer;

/** What a tar entry makes. */
enum TarType {
    FILE,
    HARD_LINK,
    SYMLINK,
    CHAR_DEVICE,
    BLOCK_DEVICE,
    DIRECTORY,
    FIFO;

    /**
     * From the type flag of a header.
     *
     * @throws LayerFormatException when no such type can be unpacked
     */
    static TarType of(byte flag, boolean directoryName) throws LayerFormatException {
        return switch (flag) {
            // Archives from before ustar mark a directory by its name alone.
            case 0, '0', '7', 'S' -> directoryName ? DIRECTORY : FILE;
            case '1' -> HARD_LINK;
            case '2' -> SYMLINK;
            case '3' -> CHAR_DEVICE;
            case '4' -> BLOCK_DEVICE;
            case '5' -> DIRECTORY;
            case '6' -> FIFO;
            default ->
                    throw new LayerFormatException(
                            "unknown tar entry type 0x" + Integer.toHexString(flag & 0xff));
        };
    }
}
