package io.gantry.cli;

import io.gantry.proto.engine.Mount;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads {@code --mount type=bind|image,source=…,target=…[,readonly][,image-subpath=…]}, as Docker
 * has it.
 */
final class LongMountOption {

    private static final Map<String, String> KEYS =
            Map.ofEntries(
                    Map.entry("type", "type"),
                    Map.entry("source", "source"),
                    Map.entry("src", "source"),
                    Map.entry("target", "target"),
                    Map.entry("dst", "target"),
                    Map.entry("destination", "target"),
                    Map.entry("readonly", "readonly"),
                    Map.entry("ro", "readonly"),
                    Map.entry("image-subpath", "image-subpath"));

    private LongMountOption() {}

    /**
     * A mount.
     *
     * @param directory what a relative source is relative to
     */
    static Mount parse(String text, Path directory) {
        Map<String, String> words = words(text);
        String type = words.getOrDefault("type", "bind");
        String target = words.getOrDefault("target", "");
        if (!target.startsWith("/")) {
            throw bad(text, "target '" + target + "' is not an absolute path");
        }
        if (words.getOrDefault("source", "").isEmpty()) {
            throw bad(text, "source is missing");
        }
        return switch (type) {
            case "bind" -> bind(text, words, directory);
            case "image" -> image(text, words);
            default -> throw bad(text, "type '" + type + "' is not bind or image");
        };
    }

    private static Mount bind(String text, Map<String, String> words, Path directory) {
        if (words.containsKey("image-subpath")) {
            throw bad(text, "only an image has an image-subpath");
        }
        String source = words.getOrDefault("source", "");
        return Mount.newBuilder()
                .setSource(directory.resolve(source).toAbsolutePath().normalize().toString())
                .setTarget(words.getOrDefault("target", ""))
                .setReadonly(isReadonly(text, words, false))
                .build();
    }

    private static Mount image(String text, Map<String, String> words) {
        if (!isReadonly(text, words, true)) {
            throw bad(text, "an image is always mounted read-only");
        }
        return Mount.newBuilder()
                .setImage(words.getOrDefault("source", ""))
                .setImageSubPath(words.getOrDefault("image-subpath", ""))
                .setTarget(words.getOrDefault("target", ""))
                .setReadonly(true)
                .build();
    }

    private static boolean isReadonly(String text, Map<String, String> words, boolean unsaid) {
        String value = words.getOrDefault("readonly", String.valueOf(unsaid));
        return switch (value) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw bad(text, "readonly is true or false, not '" + value + "'");
        };
    }

    private static Map<String, String> words(String text) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(",", -1)) {
            int equals = word.indexOf('=');
            String key = KEYS.get(equals < 0 ? word : word.substring(0, equals));
            if (key == null || (equals < 0 && !key.equals("readonly"))) {
                throw bad(text, "'" + word + "' is not known");
            }
            String value = equals < 0 ? "true" : word.substring(equals + 1);
            if (words.putIfAbsent(key, value) != null) {
                throw bad(text, key + " is said twice");
            }
        }
        return words;
    }

    private static UsageException bad(String text, String why) {
        return new UsageException("--mount: '" + text + "': " + why);
    }
}
