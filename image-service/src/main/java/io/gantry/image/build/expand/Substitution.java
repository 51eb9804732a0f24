package io.gantry.image.build.expand;

import io.gantry.image.build.source.DockerfileException;
import java.util.Optional;

/** Reads <code>${name…}</code> from behind its brace on. */
final class Substitution {

    private final WordScanner in;

    Substitution(WordScanner in) {
        this.in = in;
    }

    String read() {
        switch (in.peek()) {
            case WordScanner.END -> throw missingBrace();
            case '{', '}', ':' -> throw new DockerfileException("syntax error: bad substitution");
            default -> {}
        }
        String name = in.name();
        int modifier = in.next();
        return switch (modifier) {
            case '}' -> value(name, "").orElse("");
            case ':' -> defaulted(name, in.next(), true);
            case '-', '+', '?' -> defaulted(name, modifier, false);
            case '#', '%' -> trimmed(name, modifier);
            case '/' -> replaced(name);
            case WordScanner.END -> throw missingBrace();
            default -> throw unsupported(String.valueOf((char) modifier));
        };
    }

    private String defaulted(String name, int modifier, boolean emptyIsUnset) {
        String spelled = (emptyIsUnset ? ":" : "") + shown(modifier);
        if (modifier != '-' && modifier != '+' && modifier != '?') {
            throw modifier == WordScanner.END ? missingBrace() : unsupported(spelled);
        }
        String word = in.scanUpTo('}', false).text();
        Optional<String> found = in.find(name);
        if (found.isEmpty() && in.keepsUnset()) {
            return kept(name, spelled + word);
        }
        Optional<String> value = found.filter(it -> !emptyIsUnset || !it.isEmpty());
        return switch (modifier) {
            case '-' -> value.orElse(word);
            case '+' -> value.isPresent() ? word : "";
            default -> value.orElseThrow(() -> required(name, word, found.isPresent()));
        };
    }

    private String trimmed(String name, int modifier) {
        boolean longest = in.peek() == modifier;
        if (longest) {
            in.next();
        }
        String word = in.scanUpTo('}', true).text();
        String spelled = shown(modifier).repeat(longest ? 2 : 1);
        Optional<String> value = value(name, spelled + word);
        if (value.isEmpty() || !in.find(name).isPresent()) {
            return value.orElse("");
        }
        Glob glob = Glob.parse(word);
        return modifier == '#'
                ? glob.withoutPrefix(value.get(), longest)
                : glob.withoutSuffix(value.get(), longest);
    }

    private String replaced(String name) {
        boolean all = in.peek() == '/';
        if (all) {
            in.next();
        }
        String pattern = in.scanUpTo('/', true).text();
        String replacement = in.scanUpTo('}', true).text();
        Optional<String> value = value(name, (all ? "//" : "/") + pattern + "/" + replacement);
        if (value.isEmpty() || !in.find(name).isPresent()) {
            return value.orElse("");
        }
        return Glob.parse(pattern).replace(value.get(), replacement, all);
    }

    /** The value, or the reference as it was written where that is to be kept. */
    private Optional<String> value(String name, String rest) {
        Optional<String> value = in.find(name);
        return value.isEmpty() && in.keepsUnset() ? Optional.of(kept(name, rest)) : value;
    }

    private static String kept(String name, String rest) {
        return "${" + name + rest + "}";
    }

    private static DockerfileException required(String name, String word, boolean isEmpty) {
        String reason = "is not allowed to be " + (isEmpty ? "empty" : "unset");
        return new DockerfileException(name + ": " + (word.isEmpty() ? reason : word));
    }

    private static DockerfileException missingBrace() {
        return new DockerfileException("syntax error: missing '}'");
    }

    private static DockerfileException unsupported(String modifier) {
        return new DockerfileException("unsupported modifier (" + modifier + ") in substitution");
    }

    private static String shown(int c) {
        return c == WordScanner.END ? "" : String.valueOf((char) c);
    }
}
