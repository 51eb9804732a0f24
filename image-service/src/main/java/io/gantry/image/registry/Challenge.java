package io.gantry.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a 401 asks for (RFC 9110, section 11.6.1).
 *
 * @param scheme in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

    Challenge {
        parameters = Map.copyOf(parameters);
    }

    /** A parameter; empty when absent. */
    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /**
     * Reads WWW-Authenticate headers, each of which may hold several challenges. What breaks the
     * grammar is skipped up to the next thing that keeps it.
     */
    static List<Challenge> parse(List<String> headers) {
        List<Challenge> challenges = new ArrayList<>();
        for (String header : headers) {
            new Reader(header).readInto(challenges);
        }
        return challenges;
    }

    private static final class Reader {
        private final String text;
        private int position;

        Reader(String text) {
            this.text = text;
        }

        void readInto(List<Challenge> challenges) {
            String scheme = null;
            Map<String, String> parameters = new LinkedHashMap<>();
            while (position < text.length()) {
                String word = token();
                if (word.isEmpty()) {
                    position++;
                    continue;
                }
                String value = valueAfterEquals();
                if (value != null) {
                    parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), value);
                    continue;
                }
                addTo(challenges, scheme, parameters);
                scheme = word.toLowerCase(Locale.ROOT);
                parameters.clear();
            }
            addTo(challenges, scheme, parameters);
        }

        private static void addTo(
                List<Challenge> challenges,
                @Nullable String scheme,
                Map<String, String> parameters) {
            if (scheme != null) {
                challenges.add(new Challenge(scheme, parameters));
            }
        }

        private String token() {
            int start = position;
            while (position < text.length() && isTokenCharacter(text.charAt(position))) {
                position++;
            }
            return text.substring(start, position);
        }

        private @Nullable String valueAfterEquals() {
            int ahead = skipSpace(position);
            if (ahead >= text.length() || text.charAt(ahead) != '=') {
                return null;
            }
            position = skipSpace(ahead + 1);
            return position < text.length() && text.charAt(position) == '"' ? quoted() : unquoted();
        }

        private int skipSpace(int from) {
            int at = from;
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
            return at;
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            position++;
            while (position < text.length() && text.charAt(position) != '"') {
                if (text.charAt(position) == '\\' && position + 1 < text.length()) {
                    position++;
                }
                value.append(text.charAt(position));
                position++;
            }
            position++;
            return value.toString();
        }

        /** Registries exist that leave the quotes off URLs. */
        private String unquoted() {
            int start = position;
            while (position < text.length() && ", \t".indexOf(text.charAt(position)) < 0) {
                position++;
            }
            return text.substring(start, position);
        }

        private static boolean isTokenCharacter(char c) {
            return c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
        }
    }
}
