package io.gantry.cri.translate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.InternalException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageDetails;
import java.time.Instant;
import java.util.List;

/** All that is known of an image, in the words of {@code docker image inspect} and a few more. */
public final class ImageInspectJson {

    private ImageInspectJson() {}

    /** One object, indented. */
    public static String of(ImageDetails details) {
        Image image = details.image();
        ObjectNode json = Mapper.INSTANCE.createObjectNode();
        json.put("Id", image.id().toString());
        put(json, "RepoTags", image.repoTags());
        put(json, "RepoDigests", image.repoDigests());
        Instant created = image.config().created();
        json.put("Created", created == null ? "" : created.toString());
        json.put("Author", image.config().author());
        json.put("Architecture", image.config().platform().architecture());
        json.put("Variant", image.config().platform().variant());
        json.put("Os", image.config().platform().os());
        json.put("Size", details.use().total());
        json.put("UniqueSize", details.use().unique());
        if (image.isArtifact()) {
            putArtifact(json, details);
        } else {
            putImage(json, details);
        }
        json.set("Descriptor", descriptor(details.manifest()));
        put(json, "Containers", details.use().containers().stream().sorted().toList());
        json.put("Pinned", image.pinned());
        json.put("Pulled", image.pulled().toString());
        try {
            return Mapper.INSTANCE.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new InternalException("cannot write image " + image.id() + " as JSON", e);
        }
    }

    private static void putImage(ObjectNode json, ImageDetails details) {
        json.set("Config", config(details));
        ObjectNode rootfs = json.putObject("RootFS");
        rootfs.put("Type", "layers");
        put(
                rootfs,
                "Layers",
                details.layers().stream().map(layer -> layer.diffId().toString()).toList());
        ArrayNode layers = json.putArray("Layers");
        details.layers().forEach(layer -> layers.add(layer(layer)));
    }

    private static void putArtifact(ObjectNode json, ImageDetails details) {
        json.put("ArtifactType", details.image().artifactType());
        json.set("ConfigDescriptor", descriptor(details.config()));
        ArrayNode files = json.putArray("Layers");
        for (ImageDetails.Layer layer : details.layers()) {
            ObjectNode file = descriptor(layer.blob());
            ObjectNode annotations = file.putObject("annotations");
            layer.blob().annotations().forEach(annotations::put);
            files.add(file);
        }
    }

    /** The object of the image's own configuration that says how to run it, as it was written. */
    private static JsonNode config(ImageDetails details) {
        try {
            JsonNode config = Mapper.INSTANCE.readTree(details.configJson()).get("config");
            return config == null ? Mapper.INSTANCE.createObjectNode() : config;
        } catch (JsonProcessingException e) {
            throw new InternalException(
                    "cannot read the configuration of image " + details.image().id(), e);
        }
    }

    private static ObjectNode layer(ImageDetails.Layer layer) {
        ObjectNode json = descriptor(layer.blob());
        json.put("diffId", layer.diffId().toString());
        json.put("chainId", layer.chainId().toString());
        json.put("bytes", layer.bytes());
        json.put("inodes", layer.inodes());
        return json;
    }

    private static ObjectNode descriptor(Descriptor descriptor) {
        ObjectNode json = Mapper.INSTANCE.createObjectNode();
        json.put("mediaType", descriptor.mediaType());
        json.put("digest", descriptor.digest().toString());
        json.put("size", descriptor.size());
        return json;
    }

    private static void put(ObjectNode json, String name, List<String> texts) {
        ArrayNode array = json.putArray(name);
        texts.forEach(array::add);
    }

    /** Loaded at the first use: it costs more than a start-up should. */
    private static final class Mapper {
        static final ObjectMapper INSTANCE =
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    }
}
