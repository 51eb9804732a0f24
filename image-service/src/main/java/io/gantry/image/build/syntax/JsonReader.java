package io.gantry.image.build.syntax;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads JSON (RFC 8259) strictly, as far as Dockerfiles need it: whether a text is JSON decides
 * what it means, so that there are no errors here, only texts that are none.
 */
final class JsonReader {

    /** Stands for numbers, booleans and null: nobody asks for their values. */
    private static final Object OTHER = new Object();

    private static final int MAX_DEPTH = 200;
    private static final int END = -1;

    private final String text;
    private int at;
    private int depth;
    private boolean failed;

    private JsonReader(String text) {
        this.text = text;
    }

    /** A string, list, map or something else; empty when the text is not one value of JSON. */
    static Optional<Object> read(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.skipSpaces();
        return reader.failed || reader.at < text.length() ? Optional.empty() : Optional.of(value);
    }

    private Object value() {
        skipSpaces();
        return switch (peek()) {
            case '[' -> nested(this::array);
            case '{' -> nested(this::object);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private Object nested(Supplier<Object> reader) {
        if (++depth > MAX_DEPTH) {
            return fail();
        }
        at++;
        Object value = reader.get();
        depth--;
        return value;
    }

    private Object array() {
        List<Object> elements = new ArrayList<>();
        if (accept(']')) {
            return elements;
        }
        do {
            elements.add(value());
        } while (accept(','));
        return accept(']') ? elements : fail();
    }

    private Object object() {
        Map<String, Object> members = new LinkedHashMap<>();
        if (accept('}')) {
            return members;
        }
        do {
            skipSpaces();
            String name = string();
            if (!accept(':')) {
                return fail();
            }
            members.put(name, value());
        } while (accept(','));
        return accept('}') ? members : fail();
    }

    private String string() {
        StringBuilder out = new StringBuilder();
        if (peek() != '"') {
            fail();
        }
        at++;
        while (!failed && peek() != '"') {
            int c = peek();
            if (c < ' ') {
                fail();
            } else if (c == '\\') {
                at++;
                escaped(out);
            } else {
                out.append((char) c);
                at++;
            }
        }
        at++;
        return out.toString();
    }

    private void escaped(StringBuilder out) {
        int c = peek();
        int simple = c == END ? -1 : "\"\\/bfnrt".indexOf(c);
        if (simple >= 0) {
            out.append("\"\\/\b\f\n\r\t".charAt(simple));
            at++;
        } else if (c == 'u' && at + 5 <= text.length()) {
            int unit = 0;
            for (int i = 1; i <= 4; i++) {
                int digit = Character.digit(text.charAt(at + i), 16);
                unit =
                        digit < 0 || text.charAt(at + i) > 'f'
                                ? Integer.MIN_VALUE
                                : unit * 16 + digit;
            }
            if (unit < 0) {
                fail();
            }
            out.append((char) unit);
            at += 5;
        } else {
            fail();
        }
    }

    private Object word(String expected) {
        if (!text.startsWith(expected, at)) {
            return fail();
        }
        at += expected.length();
        return OTHER;
    }

    private Object number() {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        boolean zero = peek() == '0';
        int digits = digits();
        boolean valid = digits > 0 && (!zero || digits == 1);
        if (peek() == '.') {
            at++;
            valid &= digits() > 0;
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            valid &= digits() > 0;
        }
        return valid && at > start ? OTHER : fail();
    }

    private int digits() {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        return at - start;
    }

    private boolean accept(char expected) {
        skipSpaces();
        if (failed || peek() != expected) {
            return false;
        }
        at++;
        return true;
    }

    private void skipSpaces() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            at++;
        }
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private Object fail() {
        failed = true;
        at = text.length();
        return OTHER;
    }
}
