package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Manifest;
import java.io.IOException;
import java.util.Optional;

/**
 * The index of what refers to a manifest, kept under a tag where a registry keeps no such account
 * itself (distribution-spec 1.1, "Pushing Manifests with Subject", "Referrers Tag Schema").
 */
final class ReferrersTag {

    private static final int MAX_ALGORITHM = 32;
    private static final int MAX_ENCODED = 64;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final PushHost host;
    private final PushedManifests manifests;

    ReferrersTag(PushHost host, PushedManifests manifests) {
        this.host = host;
        this.manifests = manifests;
    }

    /** The tag for a subject. */
    static String of(Digest subject) {
        return cut(subject.algorithm().label(), MAX_ALGORITHM)
                + "-"
                + cut(subject.hex(), MAX_ENCODED);
    }

    /**
     * Adds a manifest to the index of its subject. What others put there meanwhile stays, if the
     * registry heeds entity tags.
     */
    void add(Digest subject, Descriptor descriptor, Document document) {
        String tag = of(subject);
        for (int failures = 1; ; failures++) {
            Optional<PushedManifests.Tagged> found = manifests.find(tag);
            ObjectNode index = found.map(f -> read(f.bytes(), tag)).orElseGet(ReferrersTag::empty);
            if (lists(index, descriptor.digest())) {
                return;
            }
            index.withArray("manifests").add(entry(descriptor, document));
            byte[] bytes = write(index);
            try {
                manifests.put(
                        Descriptor.of(MediaType.OCI_INDEX, bytes),
                        bytes,
                        tag,
                        found.map(PushedManifests.Tagged::etag).orElse(""));
                return;
            } catch (FailedPreconditionException e) {
                if (failures >= host.policy().attempts()) {
                    throw e;
                }
                host.patience().pause(host.policy().delayAfter(failures));
            }
        }
    }

    private ObjectNode read(byte[] bytes, String tag) {
        String name = "index of referrers " + tag + " of " + host.repository();
        if (!(Document.parse(name, "", bytes) instanceof Index)) {
            throw new FailedPreconditionException(name + " is something else");
        }
        try {
            return (ObjectNode) MAPPER.readTree(bytes);
        } catch (IOException e) {
            throw new FailedPreconditionException(name + " is not JSON", e);
        }
    }

    private static ObjectNode empty() {
        ObjectNode index = MAPPER.createObjectNode();
        index.put("schemaVersion", 2);
        index.put("mediaType", MediaType.OCI_INDEX);
        index.putArray("manifests");
        return index;
    }

    private static boolean lists(ObjectNode index, Digest digest) {
        ArrayNode entries = index.withArray("manifests");
        for (JsonNode entry : entries) {
            if (entry.path("digest").asText("").equals(digest.toString())) {
                return true;
            }
        }
        return false;
    }

    private static ObjectNode entry(Descriptor descriptor, Document document) {
        ObjectNode entry = MAPPER.createObjectNode();
        entry.put("mediaType", descriptor.mediaType());
        entry.put("digest", descriptor.digest().toString());
        entry.put("size", descriptor.size());
        String artifactType = artifactType(document);
        if (!artifactType.isEmpty()) {
            entry.put("artifactType", artifactType);
        }
        if (!document.annotations().isEmpty()) {
            ObjectNode annotations = entry.putObject("annotations");
            document.annotations().forEach(annotations::put);
        }
        return entry;
    }

    /** That of an image is what its configuration is. */
    private static String artifactType(Document document) {
        return switch (document) {
            case Manifest manifest when manifest.artifactType().isEmpty() ->
                    manifest.config().mediaType();
            case Manifest manifest -> manifest.artifactType();
            case Index index -> index.artifactType();
        };
    }

    private static byte[] write(ObjectNode index) {
        try {
            return MAPPER.writeValueAsBytes(index);
        } catch (IOException e) {
            throw new IllegalStateException("a tree cannot be written as JSON", e);
        }
    }

    private static String cut(String text, int length) {
        return text.length() > length ? text.substring(0, length) : text;
    }
}
