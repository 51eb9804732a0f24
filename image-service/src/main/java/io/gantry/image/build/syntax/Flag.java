package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Span;
import java.util.Optional;

/**
 * {@code --name} or {@code --name=value} before the arguments of an instruction.
 *
 * @param name without the dashes
 * @param value without quotes and escapes; empty when there is no equals sign
 */
public record Flag(String name, Optional<String> value, Span span) {

    static Flag of(String word, Span span) {
        int equals = word.indexOf('=');
        return equals < 0
                ? new Flag(word.substring(2), Optional.empty(), span)
                : new Flag(
                        word.substring(2, equals), Optional.of(word.substring(equals + 1)), span);
    }
}
