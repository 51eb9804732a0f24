package io.gantry.image.build.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.DataLossException;
import io.gantry.image.build.dockerfile.HealthcheckSpec;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * An image configuration in the making. Fields of the base that nobody here knows stay as they are.
 * Not thread-safe.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md">config.md</a>
 */
public final class ConfigDraft {

    /** What Docker's builder leaves as comment of each step. */
    private static final String COMMENT = "buildkit.dockerfile.v0";

    private static final String PATH =
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String CREATED = "created";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ObjectNode root;

    private ConfigDraft(ObjectNode root) {
        this.root = root;
    }

    /** On nothing. */
    public static ConfigDraft scratch(Platform platform) {
        ConfigDraft draft = new ConfigDraft(JsonNodeFactory.instance.objectNode());
        draft.root.put("architecture", platform.architecture());
        draft.root.put("os", platform.os());
        if (!platform.variant().isEmpty()) {
            draft.root.put("variant", platform.variant());
        }
        draft.config().put("WorkingDir", "/");
        draft.begin();
        return draft;
    }

    /**
     * On an image.
     *
     * @throws DataLossException when its configuration cannot be read
     */
    public static ConfigDraft onImage(byte[] config) {
        try {
            if (MAPPER.readTree(config) instanceof ObjectNode object) {
                ConfigDraft draft = new ConfigDraft(object);
                draft.begin();
                return draft;
            }
        } catch (IOException e) {
            throw new DataLossException("the configuration of a base image is no JSON", e);
        }
        throw new DataLossException("the configuration of a base image is no JSON object");
    }

    /** On a stage with this configuration. */
    public ConfigDraft onTop() {
        ConfigDraft draft = new ConfigDraft(root.deepCopy());
        draft.begin();
        return draft;
    }

    private void begin() {
        config().remove("OnBuild");
        boolean hasPath = texts("Env").stream().anyMatch(it -> it.startsWith("PATH="));
        if (!hasPath) {
            List<String> env = new ArrayList<>(texts("Env"));
            env.add(PATH);
            put("Env", env);
        }
    }

    /** What base images trigger, as of their configuration. */
    public static List<String> triggers(byte[] config) {
        try {
            List<String> triggers = new ArrayList<>();
            MAPPER.readTree(config)
                    .path("config")
                    .path("OnBuild")
                    .forEach(it -> triggers.add(it.asText()));
            return triggers;
        } catch (IOException e) {
            throw new DataLossException("the configuration of a base image is no JSON", e);
        }
    }

    /** The environment, in order. */
    public SequencedMap<String, String> environment() {
        SequencedMap<String, String> environment = new LinkedHashMap<>();
        for (String each : texts("Env")) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                environment.put(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        return environment;
    }

    /** What the image is for; what it does not say is empty. */
    public Platform platform() {
        return Platform.of(
                root.path("os").asText(""),
                root.path("architecture").asText(""),
                root.path("variant").asText(""));
    }

    /** Whether it names the shell of commands. */
    public boolean hasShell() {
        return !texts("Shell").isEmpty();
    }

    /**
     * Adds something that only builders read.
     *
     * @param json what the field is
     */
    public void attach(String field, byte[] json) {
        try {
            root.set(field, MAPPER.readTree(json));
        } catch (IOException e) {
            throw new IllegalArgumentException("field " + field + " is no JSON", e);
        }
    }

    /** Sets the environment. */
    public void replaceEnvironment(Map<String, String> environment) {
        List<String> env = new ArrayList<>();
        environment.forEach((name, value) -> env.add(name + "=" + value));
        put("Env", env);
    }

    /** Absolute. */
    public String workingDirectory() {
        String directory = config().path("WorkingDir").asText("");
        return directory.isEmpty() ? "/" : directory;
    }

    /** As {@code user[:group]}; may be empty. */
    public String user() {
        return config().path("User").asText("");
    }

    /** What runs commands in shell form. */
    public List<String> shell() {
        List<String> shell = texts("Shell");
        return shell.isEmpty() ? List.of("/bin/sh", "-c") : shell;
    }

    /** Sets a text of the container's configuration. */
    public void put(String field, String value) {
        config().put(field, value);
    }

    /** Sets a list of the container's configuration; an empty one is no field. */
    public void put(String field, List<String> values) {
        config().remove(field);
        if (!values.isEmpty()) {
            ArrayNode array = config().putArray(field);
            values.forEach(array::add);
        }
    }

    /** Takes a field away. */
    public void remove(String field) {
        config().remove(field);
    }

    /** Adds keys to a set: ports or volumes. */
    public void add(String field, List<String> keys) {
        ObjectNode set = config().withObjectProperty(field);
        keys.forEach(set::putObject);
    }

    /** Sets the command, and says that it is what it seems to be. */
    public void command(List<String> command) {
        put("Cmd", command);
        config().put("ArgsEscaped", true);
    }

    /** Sets labels. */
    public void label(Map<String, String> labels) {
        if (!labels.isEmpty()) {
            ObjectNode all = config().withObjectProperty("Labels");
            labels.forEach(all::put);
        }
    }

    /** Sets the author. */
    public void author(String author) {
        root.put("author", author);
    }

    /** Adds a trigger. */
    public void trigger(String trigger) {
        List<String> all = new ArrayList<>(texts("OnBuild"));
        all.add(trigger);
        put("OnBuild", all);
    }

    /** Sets the health check; zero durations are left out. */
    public void healthcheck(HealthcheckSpec spec) {
        ObjectNode check = config().putObject("Healthcheck");
        ArrayNode test = check.putArray("Test");
        spec.test().forEach(test::add);
        duration(check, "Interval", spec.interval());
        duration(check, "Timeout", spec.timeout());
        duration(check, "StartPeriod", spec.startPeriod());
        duration(check, "StartInterval", spec.startInterval());
        if (spec.retries() > 0) {
            check.put("Retries", spec.retries());
        }
    }

    private static void duration(ObjectNode check, String field, Duration value) {
        if (!value.isZero()) {
            check.put(field, value.toNanos());
        }
    }

    /**
     * Adds a step to the history.
     *
     * @param hasLayer whether it has a layer of its own
     * @param created empty: with the steps around it
     */
    public void step(String createdBy, boolean hasLayer, Optional<Instant> created) {
        ObjectNode step = root.withArrayProperty("history").addObject();
        created.ifPresent(it -> step.put(CREATED, time(it)));
        step.put("created_by", createdBy);
        step.put("comment", COMMENT);
        if (!hasLayer) {
            step.put("empty_layer", true);
        }
    }

    /**
     * The finished configuration. An image is as old as the last of its steps, and so is one whose
     * steps were all found: it is that image again. One that has no time at all, for it has no
     * files, says none.
     *
     * @param diffIds of all layers, lowest first
     * @param date in place of its age
     */
    public byte[] finish(List<Digest> diffIds, Optional<Instant> date) {
        ObjectNode done = JsonNodeFactory.instance.objectNode();
        ArrayNode history = root.withArrayProperty("history");
        String last = HistoryTimes.fill(history, root.path(CREATED).asText(""));
        String created = date.map(ConfigDraft::time).orElse(last);
        if (!created.isEmpty()) {
            done.put(CREATED, created);
        }
        for (String field : List.of("author", "architecture", "variant", "os", "config")) {
            if (root.has(field)) {
                done.set(field, root.get(field));
            }
        }
        root.properties().stream()
                .filter(it -> !done.has(it.getKey()))
                .filter(it -> !List.of(CREATED, "rootfs", "history").contains(it.getKey()))
                .forEach(it -> done.set(it.getKey(), it.getValue()));
        ObjectNode rootfs = done.putObject("rootfs");
        rootfs.put("type", "layers");
        ArrayNode ids = rootfs.putArray("diff_ids");
        diffIds.forEach(it -> ids.add(it.toString()));
        done.set("history", history);
        try {
            return MAPPER.writeValueAsString(done).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes is always JSON", e);
        }
    }

    /** The trigger texts so far. */
    List<String> triggers() {
        return texts("OnBuild");
    }

    private ObjectNode config() {
        JsonNode config = root.get("config");
        return config instanceof ObjectNode object ? object : root.putObject("config");
    }

    private List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        config().path(field).forEach(it -> texts.add(it.asText()));
        return texts;
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
