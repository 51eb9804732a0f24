package io.gantry.image.diff;

/**
 * A difference between two file trees.
 *
 * @param path absolute, as {@code /etc/hosts}; bytes that are no UTF-8 are replaced
 */
public record Change(Kind kind, String path) {

    /** What happened to a path. */
    public enum Kind {
        ADDED('A'),
        /** Its content or attributes; of a directory also that something in it changed. */
        CHANGED('C'),
        /** With everything below it, which is not listed. */
        DELETED('D');

        private final char letter;

        Kind(char letter) {
            this.letter = letter;
        }

        /** As {@code docker diff} prints it. */
        public char letter() {
            return letter;
        }
    }

    /** As {@code docker diff} prints it. */
    @Override
    public String toString() {
        return kind.letter + " " + path;
    }
}
