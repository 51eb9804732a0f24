package io.gantry.image.snapshot;

/**
 * What a directory tree takes up.
 *
 * @param bytes space on disk
 * @param inodes files and directories, links to the same file counted once
 */
public record Usage(long bytes, long inodes) {

    public static final Usage NOTHING = new Usage(0, 0);

    public Usage plus(Usage other) {
        return new Usage(bytes + other.bytes, inodes + other.inodes);
    }
}
