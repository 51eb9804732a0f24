package io.gantry.cri.streaming.session;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads sizes of a terminal, which come as JSON objects one after the other, cut anywhere. */
final class TerminalSizes {

    private static final int LONGEST = 1024;
    private static final int LARGEST = 0xffff;
    private static final Pattern OBJECT = Pattern.compile("\\{[^{}]*}");
    private static final Pattern WIDTH = field("Width");
    private static final Pattern HEIGHT = field("Height");

    private String unread = "";

    /** Of a terminal, in characters. */
    record Size(int rows, int columns) {}

    /** The last whole size in what came; what makes none is passed over. */
    Optional<Size> read(byte[] bytes) {
        String text = unread + new String(bytes, StandardCharsets.UTF_8);
        Matcher objects = OBJECT.matcher(text);
        Optional<Size> last = Optional.empty();
        int end = 0;
        while (objects.find()) {
            end = objects.end();
            Optional<Size> size = parse(objects.group());
            if (size.isPresent()) {
                last = size;
            }
        }
        String rest = text.substring(end);
        unread = rest.length() > LONGEST ? "" : rest;
        return last;
    }

    private static Optional<Size> parse(String object) {
        int width = number(WIDTH, object);
        int height = number(HEIGHT, object);
        boolean good = width > 0 && width <= LARGEST && height > 0 && height <= LARGEST;
        return good ? Optional.of(new Size(height, width)) : Optional.empty();
    }

    private static int number(Pattern field, String object) {
        Matcher matcher = field.matcher(object);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static Pattern field(String name) {
        return Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d{1,9})", Pattern.CASE_INSENSITIVE);
    }
}
