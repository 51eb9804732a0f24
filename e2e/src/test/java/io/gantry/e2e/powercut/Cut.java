package io.gantry.e2e.powercut;

import java.util.List;

/**
 * One start of the kernel and how it ends.
 *
 * @param number counted from 1, as a word of the ledger
 * @param kind what the cut is to hit
 * @param seed of what is done before
 */
record Cut(String number, Kind kind, long seed) {

    /** What goes on when the power goes. */
    enum Kind {
        /** Pulls, up to two at once. */
        PULL,
        /** Removals of images or of all at once, and the collection that follows. */
        REMOVAL,
        /** The daemon's start after another cut, and what it clears away then. */
        START,
        /** Nothing: the last one only looks at what the one before it left. */
        NONE;

        /** The line of the ledger that what is to be cut begins with. */
        String beginning() {
            return this == START ? "mounted" : "go";
        }

        /** The one that it ends with. */
        String end() {
            return this == START ? "serving" : "done";
        }
    }

    /** As arguments of a program. */
    List<String> words() {
        return List.of(number, kind.name(), Long.toString(seed));
    }

    static Cut parse(String[] words) {
        return new Cut(words[0], Kind.valueOf(words[1]), Long.parseLong(words[2]));
    }
}
