package io.gantry.cli;

import io.gantry.proto.build.CacheFrom;
import io.gantry.proto.build.CacheTo;
import io.gantry.proto.build.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where results of steps come from that other nodes have made, and where those of a build go. */
final class BuildCaches {

    @Option(
            names = "--cache-from",
            paramLabel = "type=TYPE,…",
            description =
                    "Use results of steps of type=registry,ref=REFERENCE, a cache or an image that"
                            + " carries its own, or of type=local,src=DIRECTORY. A reference alone"
                            + " is of a registry.")
    private List<String> from = List.of();

    @Option(
            names = "--cache-to",
            paramLabel = "type=TYPE,…",
            description =
                    "Bring results of steps to type=registry,ref=REFERENCE or"
                            + " type=local,dest=DIRECTORY, with mode=max those of all stages, or"
                            + " into the image itself: type=inline.")
    private List<String> to = List.of();

    void apply(Open.Builder open) {
        int directories = 0;
        for (String each : from) {
            Map<String, String> words = words("--cache-from", each, List.of("type", "ref", "src"));
            switch (words.getOrDefault("type", "registry")) {
                case "registry" ->
                        open.addCacheFrom(
                                CacheFrom.newBuilder()
                                        .setRegistry(need("--cache-from", each, words, "ref")));
                case "local" -> {
                    if (Files.isDirectory(source(each, words))) {
                        open.addCacheFrom(CacheFrom.newBuilder().setContext(name(directories)));
                        directories++;
                    }
                }
                default -> throw unknown("--cache-from", each, "registry or local");
            }
        }
        boolean archive = false;
        for (String each : to) {
            CacheTo target = to(each);
            if (target.hasArchive() && archive) {
                throw new UsageException("--cache-to: type local can be given once only");
            }
            archive |= target.hasArchive();
            open.addCacheTo(target);
        }
    }

    private static CacheTo to(String text) {
        Map<String, String> words =
                words("--cache-to", text, List.of("type", "ref", "dest", "mode"));
        String mode = words.getOrDefault("mode", "min");
        if (!mode.equals("min") && !mode.equals("max")) {
            throw new UsageException("--cache-to: mode '" + mode + "' is not min or max");
        }
        CacheTo.Builder target = CacheTo.newBuilder().setAll(mode.equals("max"));
        switch (words.getOrDefault("type", "registry")) {
            case "registry" -> target.setRegistry(need("--cache-to", text, words, "ref"));
            case "inline" -> target.setInline(true);
            case "local" -> {
                need("--cache-to", text, words, "dest");
                target.setArchive(true);
            }
            default -> throw unknown("--cache-to", text, "registry, local or inline");
        }
        return target.build();
    }

    /** Directories of caches as contexts of the build; there is none before the first build. */
    List<BuildSource.Named> contexts() {
        List<BuildSource.Named> contexts = new ArrayList<>();
        for (String each : from) {
            Map<String, String> words = words("--cache-from", each, List.of("type", "ref", "src"));
            if (words.getOrDefault("type", "").equals("local")
                    && Files.isDirectory(source(each, words))) {
                String directory = source(each, words).toString();
                contexts.add(new BuildSource.Named(name(contexts.size()), directory));
            }
        }
        return contexts;
    }

    private static Path source(String text, Map<String, String> words) {
        return Path.of(need("--cache-from", text, words, "src"));
    }

    /** Where an archive goes; its files replace none but the index. */
    BuildSession.Sink sink() {
        return () -> {
            for (String each : to) {
                Map<String, String> words =
                        words("--cache-to", each, List.of("type", "ref", "dest", "mode"));
                if (words.getOrDefault("type", "").equals("local")) {
                    return new Unpacking(Path.of(need("--cache-to", each, words, "dest")));
                }
            }
            throw new UsageException("the daemon sent a cache that nobody wants");
        };
    }

    /** No image and no stage can be called so. */
    private static String name(int number) {
        return "cache://" + number;
    }

    private static String need(String option, String text, Map<String, String> words, String key) {
        String value = words.getOrDefault(key, "");
        if (value.isEmpty()) {
            throw new UsageException(option + ": '" + text + "' needs " + key + "=");
        }
        return value;
    }

    private static UsageException unknown(String option, String text, String known) {
        return new UsageException(option + ": the type of '" + text + "' is not " + known);
    }

    private static Map<String, String> words(String option, String text, List<String> known) {
        Map<String, String> words = new LinkedHashMap<>();
        if (text.indexOf('=') < 0 && text.indexOf(',') < 0) {
            words.put("type", "registry");
            words.put("ref", text);
            return words;
        }
        for (String each : text.split(",", -1)) {
            int equals = each.indexOf('=');
            String key = equals < 0 ? each : each.substring(0, equals);
            if (equals < 0 || !known.contains(key)) {
                throw new UsageException(option + ": '" + each + "' is not one of " + known);
            }
            words.put(key, each.substring(equals + 1));
        }
        return words;
    }
}
