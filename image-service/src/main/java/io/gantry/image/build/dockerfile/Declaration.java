package io.gantry.image.build.dockerfile;

import java.util.Optional;

/**
 * A name that ARG declares.
 *
 * @param value the default; empty when there is none, which is not the same as an empty one
 */
public record Declaration(String name, Optional<String> value) {

    static Declaration of(String word) {
        int equals = word.indexOf('=');
        return equals < 0
                ? new Declaration(word, Optional.empty())
                : new Declaration(
                        word.substring(0, equals), Optional.of(word.substring(equals + 1)));
    }
}
