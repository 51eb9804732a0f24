package io.gantry.image.manifest;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads image configurations. */
final class ImageConfigReader {

    private ImageConfigReader() {}

    static ImageConfig read(String name, byte[] bytes) {
        if (bytes.length > ImageConfig.MAX_BYTES) {
            throw new InvalidImageException(
                    name + " is larger than " + ImageConfig.MAX_BYTES + " bytes");
        }
        JsonObject json = JsonObject.parse(name, bytes);
        List<ImageConfig.History> history = new ArrayList<>();
        for (JsonObject step : json.objects("history")) {
            history.add(history(step));
        }
        return new ImageConfig(
                DocumentReader.platformOf(json),
                instant(json.text("created")),
                json.text("author"),
                json.object("config").map(ImageConfigReader::defaults).orElseGet(() -> NONE),
                diffIds(json.requiredObject("rootfs")),
                history);
    }

    /** Only the time is known, where an annotation tells it. */
    static ImageConfig ofArtifact(Manifest manifest) {
        String created = manifest.annotations().getOrDefault(CREATED, "");
        return new ImageConfig(
                Platform.of("", "", ""), instant(created), "", NONE, List.of(), List.of());
    }

    private static final String CREATED = "org.opencontainers.image.created";

    private static final ContainerDefaults NONE =
            defaults(JsonObject.parse("empty", new byte[] {'{', '}'}));

    private static List<Digest> diffIds(JsonObject rootfs) {
        String type = rootfs.text("type");
        if (!type.equals("layers")) {
            throw rootfs.invalid("type", "is \"" + type + "\", only \"layers\" is supported");
        }
        List<Digest> diffIds = new ArrayList<>();
        for (String text : rootfs.texts("diff_ids")) {
            try {
                diffIds.add(Digest.parse(text));
            } catch (InvalidArgumentException e) {
                throw rootfs.invalid(
                        "diff_ids[" + diffIds.size() + "]", "is bad: " + e.getMessage());
            }
        }
        return diffIds;
    }

    private static ImageConfig.History history(JsonObject step) {
        return new ImageConfig.History(
                instant(step.text("created")),
                step.text("created_by"),
                step.text("author"),
                step.text("comment"),
                step.flag("empty_layer"));
    }

    private static ContainerDefaults defaults(JsonObject config) {
        return new ContainerDefaults(
                config.text("User"),
                keys(config, "ExposedPorts"),
                config.texts("Env"),
                config.texts("Entrypoint"),
                config.texts("Cmd"),
                keys(config, "Volumes"),
                config.text("WorkingDir"),
                config.textMap("Labels"),
                config.text("StopSignal"),
                config.object("Healthcheck").map(ImageConfigReader::healthcheck).orElse(null));
    }

    private static List<String> keys(JsonObject json, String key) {
        Optional<JsonObject> set = json.object(key);
        return set.map(JsonObject::keys).orElse(List.of());
    }

    private static ContainerDefaults.Healthcheck healthcheck(JsonObject json) {
        return new ContainerDefaults.Healthcheck(
                json.texts("Test"),
                Duration.ofNanos(json.number("Interval", 0)),
                Duration.ofNanos(json.number("Timeout", 0)),
                Duration.ofNanos(json.number("StartPeriod", 0)),
                Duration.ofNanos(json.number("StartInterval", 0)),
                json.number("Retries", 0));
    }

    /** Lenient: a time that is none is not worth refusing an image for. */
    private static @Nullable Instant instant(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
