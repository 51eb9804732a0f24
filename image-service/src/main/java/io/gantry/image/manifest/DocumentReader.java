package io.gantry.image.manifest;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads manifests and indexes. */
final class DocumentReader {

    private static final int SCHEMA_VERSION = 2;

    private DocumentReader() {}

    static Document read(String name, String mediaType, byte[] bytes) {
        if (bytes.length > Document.MAX_BYTES) {
            throw new InvalidImageException(
                    name + " is larger than " + Document.MAX_BYTES + " bytes");
        }
        JsonObject json = JsonObject.parse(name, bytes);
        long version = json.number("schemaVersion", 0);
        if (version != SCHEMA_VERSION) {
            throw json.invalid("schemaVersion", "is " + version + ", only 2 is supported");
        }
        String kind = kindOf(json, MediaType.withoutParameters(mediaType));
        boolean listsManifests = json.has("manifests");
        boolean describesImage = json.has("config") || json.has("layers");
        if (listsManifests && describesImage) {
            throw json.invalid("manifests", "stands beside config or layers: ambiguous");
        }
        if (MediaType.isIndex(kind)) {
            return index(kind, json, describesImage);
        }
        return manifest(kind, json, listsManifests);
    }

    /** What the document is: outside and inside must agree where both speak. */
    private static String kindOf(JsonObject json, String outside) {
        String inside = json.text("mediaType");
        boolean outsideSpeaks = !isGeneric(outside);
        if (outsideSpeaks && !inside.isEmpty() && !inside.equals(outside)) {
            throw json.invalid("mediaType", "is " + inside + " but it was served as " + outside);
        }
        String kind = outsideSpeaks ? outside : inside.isEmpty() ? byShape(json) : inside;
        if (kind.isEmpty()) {
            throw json.invalid("mediaType", "is missing and it was served without one");
        }
        if (!MediaType.isIndex(kind) && !MediaType.isManifest(kind)) {
            throw json.invalid("mediaType", kind + " is not supported");
        }
        return kind;
    }

    /**
     * OCI documents need not say what they are, Docker's must; empty when the shape does not tell.
     */
    private static String byShape(JsonObject json) {
        if (json.has("manifests")) {
            return MediaType.OCI_INDEX;
        }
        return json.has("config") && json.has("layers") ? MediaType.OCI_MANIFEST : "";
    }

    private static boolean isGeneric(String mediaType) {
        return mediaType.isEmpty()
                || mediaType.equals("application/json")
                || mediaType.equals("application/octet-stream")
                || mediaType.equals("text/plain");
    }

    private static Index index(String kind, JsonObject json, boolean describesImage) {
        if (describesImage) {
            throw json.invalid("mediaType", "is " + kind + " but the document describes an image");
        }
        List<Index.Entry> entries = new ArrayList<>();
        for (JsonObject entry : json.objects("manifests")) {
            entries.add(
                    new Index.Entry(
                            descriptor(entry), platform(entry), entry.text("artifactType")));
        }
        return new Index(
                kind,
                json.text("artifactType"),
                entries,
                subject(json),
                json.textMap("annotations"));
    }

    private static Manifest manifest(String kind, JsonObject json, boolean listsManifests) {
        if (listsManifests) {
            throw json.invalid("mediaType", "is " + kind + " but the document lists manifests");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonObject layer : json.objects("layers")) {
            layers.add(descriptor(layer));
        }
        return new Manifest(
                kind,
                json.text("artifactType"),
                descriptor(json.requiredObject("config")),
                layers,
                subject(json),
                json.textMap("annotations"));
    }

    private static @Nullable Descriptor subject(JsonObject json) {
        return json.object("subject").map(DocumentReader::descriptor).orElse(null);
    }

    private static Descriptor descriptor(JsonObject json) {
        String digest = json.requiredText("digest");
        long size = json.number("size", -1);
        if (size < 0) {
            throw json.invalid("size", "is missing or negative");
        }
        try {
            return new Descriptor(
                    json.requiredText("mediaType"),
                    Digest.parse(digest),
                    size,
                    json.texts("urls"),
                    json.textMap("annotations"),
                    json.text("data"));
        } catch (InvalidArgumentException e) {
            throw json.invalid("digest", "is bad: " + e.getMessage());
        }
    }

    private static @Nullable Platform platform(JsonObject entry) {
        return entry.object("platform").map(DocumentReader::platformOf).orElse(null);
    }

    static Platform platformOf(JsonObject json) {
        return new Platform(
                json.text("os"),
                json.text("architecture"),
                json.text("variant"),
                json.text("os.version"),
                json.texts("os.features"));
    }
}
