package io.gantry.cri.streaming.session;

import io.gantry.runtime.exec.WindowSize;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads sizes of a terminal, which come as JSON objects one after the other, cut anywhere. */
final class TerminalSizes {

    private static final int LONGEST = 1024;
    private static final Pattern OBJECT = Pattern.compile("\\{[^{}]*}");
    private static final Pattern WIDTH = field("Width");
    private static final Pattern HEIGHT = field("Height");

    private String unread = "";

    /** The last whole size in what came; what makes none is passed over. */
    Optional<WindowSize> read(byte[] bytes) {
        String text = unread + new String(bytes, StandardCharsets.UTF_8);
        Matcher objects = OBJECT.matcher(text);
        Optional<WindowSize> last = Optional.empty();
        int end = 0;
        while (objects.find()) {
            end = objects.end();
            Optional<WindowSize> size = parse(objects.group());
            if (size.isPresent()) {
                last = size;
            }
        }
        String rest = text.substring(end);
        unread = rest.length() > LONGEST ? "" : rest;
        return last;
    }

    private static Optional<WindowSize> parse(String object) {
        int width = number(WIDTH, object);
        int height = number(HEIGHT, object);
        return WindowSize.isOne(height, width)
                ? Optional.of(new WindowSize(height, width))
                : Optional.empty();
    }

    private static int number(Pattern field, String object) {
        Matcher matcher = field.matcher(object);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static Pattern field(String name) {
        return Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d{1,9})", Pattern.CASE_INSENSITIVE);
    }
}
