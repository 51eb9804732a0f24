package io.gantry.image.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Deadline;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.api.RunOptions;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Builds rows of the tables of rules and tells what came of each, in the words of the tables. */
final class RuleBench {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String DATE = "1700000000";

    private final Building building;
    private int number;

    RuleBench(Building building) {
        this.building = building;
    }

    /** What a row expects and did not get; empty when all is as it should be. */
    List<String> differences(RuleRow row) throws IOException {
        Path context = context(row);
        Came came = build(row, context);
        List<String> differences = new ArrayList<>();
        layers(row, came, differences);
        history(row, came, differences);
        for (String expected : row.expected()) {
            if (!expected.matches("(\\d+: |history ).*") && !holds(expected, came)) {
                differences.add("not so: " + expected);
            }
        }
        boolean fails = row.expected().stream().anyMatch(it -> it.startsWith("error "));
        if (came.failure.isPresent() && !fails) {
            differences.add("failed: " + came.failure.get());
        }
        if (!differences.isEmpty()) {
            came.failure.ifPresent(it -> differences.add("error " + it));
            came.config.ifPresent(it -> differences.add("config " + it));
            came.warnings.forEach(it -> differences.add("warning " + it));
            differences.add("log " + came.log);
        }
        return differences;
    }

    /** Makes the files that a row works on. */
    Path context(RuleRow row) throws IOException {
        Path context = building.context.resolve("row" + ++number);
        Files.createDirectories(context);
        for (String line : row.context()) {
            RuleFiles.make(context, line);
        }
        RuleFiles.date(context);
        return context;
    }

    /** Builds a row that can be built. */
    BuildResult built(RuleRow row, Path context) throws IOException {
        return building.build(request(row), inputs(row, context));
    }

    /** What came of a build. */
    private record Came(
            Optional<BuildResult> result,
            Optional<JsonNode> config,
            Optional<String> failure,
            List<String> warnings,
            String log) {}

    private Came build(RuleRow row, Path context) throws IOException {
        Optional<BuildResult> result = Optional.empty();
        Optional<String> failure = Optional.empty();
        Optional<JsonNode> config = Optional.empty();
        try {
            BuildResult built = building.build(request(row), inputs(row, context));
            result = Optional.of(built);
            config = Optional.of(MAPPER.readTree(building.text(built.images().getFirst().id())));
        } catch (ServiceException e) {
            failure = Optional.of(String.valueOf(e.getMessage()));
        }
        List<String> warnings =
                building.events.stream()
                        .filter(BuildProgress.Warning.class::isInstance)
                        .map(BuildProgress.Warning.class::cast)
                        .map(each -> each.rule() + ": " + each.message())
                        .toList();
        return new Came(result, config, failure, warnings, building.log());
    }

    private static List<String> all(RuleRow row, String option) {
        return row.options().stream()
                .filter(each -> each.startsWith(option + " "))
                .map(each -> each.substring(option.length() + 1))
                .toList();
    }

    private static BuildRequest request(RuleRow row) {
        Map<String, String> arguments = new LinkedHashMap<>();
        if (!all(row, "no").contains("date")) {
            arguments.put("SOURCE_DATE_EPOCH", DATE);
        }
        for (String each : all(row, "arg")) {
            int equals = each.indexOf('=');
            arguments.put(each.substring(0, equals), each.substring(equals + 1));
        }
        Set<RunOptions.Entitlement> allowed = EnumSet.noneOf(RunOptions.Entitlement.class);
        all(row, "allow").forEach(each -> allowed.add(RunOptions.Entitlement.valueOf(each)));
        BuildRequest plain = BuildRequest.of("Dockerfile", text(row));
        RunOptions run = plain.run();
        return new BuildRequest(
                plain.file(),
                all(row, "target").stream().findFirst(),
                arguments,
                all(row, "platform").stream().map(RuleBench::platform).toList(),
                ImageOptions.defaults().named(List.of(ImageReference.parse("row"))),
                new BuildRequest.CacheOptions(true, Set.of(), false),
                new RunOptions(
                        run.network(),
                        run.hosts(),
                        run.hostname(),
                        run.sharedMemoryBytes(),
                        run.rlimits(),
                        run.resources(),
                        run.cgroupParent(),
                        allowed));
    }

    /** A line that is too long is not written down. */
    private static String text(RuleRow row) {
        String filler =
                all(row, "long").stream()
                        .map(it -> "x".repeat(Integer.parseInt(it)))
                        .findFirst()
                        .orElse("");
        return row.dockerfile().replace("{LONG}", filler);
    }

    private static Platform platform(String text) {
        String[] parts = text.split("/", 3);
        return Platform.of(parts[0], parts[1], parts.length > 2 ? parts[2] : "");
    }

    private static BuildInputs inputs(RuleRow row, Path context) throws IOException {
        Map<String, NamedContext> named = new LinkedHashMap<>();
        for (String each : all(row, "context")) {
            String[] parts = each.split("=", 2);
            named.put(
                    parts[0],
                    switch (parts[1]) {
                        case "scratch" -> new NamedContext.Scratch();
                        case String it when it.startsWith("image:") ->
                                new NamedContext.OfImage(ImageReference.parse(it.substring(6)));
                        case String it ->
                                new NamedContext.Files(ScannedContext.of(context.resolve(it)));
                    });
        }
        return new BuildInputs(kept(context), named, new Secrets(all(row, "secret")));
    }

    /** The files that the ignore file of the context leaves. */
    private static BuildContext kept(Path context) throws IOException {
        ScannedContext whole = ScannedContext.of(context);
        Path file = context.resolve(".dockerignore");
        if (!Files.exists(file)) {
            return whole;
        }
        IgnoreRules rules = IgnoreRules.parse(".dockerignore", Files.readString(file));
        SortedMap<String, BuildContext.Entry> kept = new TreeMap<>();
        whole.entries()
                .forEach(
                        (path, entry) -> {
                            if (!rules.ignores(path)) {
                                kept.put(path, entry);
                                for (int slash = path.lastIndexOf('/');
                                        slash > 0;
                                        slash = path.lastIndexOf('/', slash - 1)) {
                                    String above = path.substring(0, slash);
                                    kept.put(above, whole.entries().get(above));
                                }
                            }
                        });
        return new ScannedContext(context, kept);
    }

    private record Secrets(List<String> known) implements ClientOffers {
        @Override
        public Optional<byte[]> secret(String id, Deadline deadline) {
            return known.stream()
                    .filter(each -> each.startsWith(id + "="))
                    .map(each -> each.substring(id.length() + 1).getBytes(StandardCharsets.UTF_8))
                    .findFirst();
        }

        @Override
        public Credentials login(ImageReference reference, Deadline deadline) {
            return Credentials.ANONYMOUS;
        }

        @Override
        public Optional<Path> sshAgent(String id, Deadline deadline) {
            return Optional.empty();
        }
    }

    private void layers(RuleRow row, Came came, List<String> differences) throws IOException {
        Map<Integer, List<String>> expected = new TreeMap<>();
        for (String each : row.expected()) {
            if (each.matches("\\d+: .*")) {
                int colon = each.indexOf(':');
                List<String> layer =
                        expected.computeIfAbsent(
                                Integer.parseInt(each.substring(0, colon)), _ -> new ArrayList<>());
                if (!each.endsWith(": nothing")) {
                    layer.add(each.substring(colon + 2));
                }
            }
        }
        for (Map.Entry<Integer, List<String>> each : expected.entrySet()) {
            List<String> got =
                    came.result.isEmpty()
                            ? List.of("no image")
                            : RuleFiles.entries(building, came.result.get(), each.getKey());
            if (!got.equals(each.getValue())) {
                differences.add("layer " + each.getKey() + " has " + got);
            }
        }
    }

    /** The last lines, one for each that is expected; a plus stands for a layer. */
    private static void history(RuleRow row, Came came, List<String> differences) {
        List<String> expected =
                all(new RuleRow("", "", row.expected(), List.of(), "", List.of()), "history");
        List<String> got = new ArrayList<>();
        came.config.ifPresent(
                config ->
                        config.path("history")
                                .forEach(
                                        each ->
                                                got.add(
                                                        (each.path("empty_layer").asBoolean()
                                                                        ? "- "
                                                                        : "+ ")
                                                                + each.path("created_by")
                                                                        .asText())));
        List<String> last = got.subList(Math.max(0, got.size() - expected.size()), got.size());
        if (!last.equals(expected)) {
            differences.add("history is " + got);
        }
    }

    private boolean holds(String expected, Came came) throws IOException {
        int blank = expected.indexOf(' ');
        String what = expected.substring(0, blank);
        String value = expected.substring(blank + 1);
        return switch (what) {
            case "error" -> came.failure.filter(it -> it.contains(value)).isPresent();
            case "warning" -> came.warnings.stream().anyMatch(it -> it.startsWith(value));
            case "no-warning" -> came.warnings.stream().noneMatch(it -> it.startsWith(value));
            case "log" -> came.log.contains(value.replace("\\n", "\n"));
            case "index" -> came.result.filter(it -> it.index().isPresent()).isPresent();
            case "env" -> env(came).anyMatch(value::equals);
            case "no-env" -> env(came).noneMatch(it -> it.startsWith(value + "="));
            case "absent" -> at(came, value).isMissingNode();
            case "read" -> {
                int equals = value.indexOf(" = ");
                yield building.read("row", value.substring(0, equals))
                        .filter(value.substring(equals + 3).replace("\\n", "\n")::equals)
                        .isPresent();
            }
            case "layers" ->
                    came.config.isPresent()
                            && came.config.get().at("/rootfs/diff_ids").size()
                                    == Integer.parseInt(value);
            case String pointer when pointer.startsWith("/") ->
                    at(came, pointer).equals(MAPPER.readTree(value));
            default -> throw new IllegalArgumentException("no expectation: " + expected);
        };
    }

    private static Stream<String> env(Came came) {
        List<String> env = new ArrayList<>();
        at(came, "/Env").forEach(each -> env.add(each.asText()));
        return env.stream();
    }

    /** In the configuration of containers, or beside it with two slashes. */
    private static JsonNode at(Came came, String pointer) {
        JsonNode config = came.config.orElseGet(MAPPER::createObjectNode);
        return pointer.startsWith("//")
                ? config.at(pointer.substring(1))
                : config.path("config").at(pointer);
    }
}
