package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** A small image: one layer of incompressible bytes, a configuration and a manifest. */
public final class FakeImage {

    private final byte[] layer;
    private final byte[] config;
    private final byte[] manifest;

    private FakeImage(byte[] layer, byte[] config, byte[] manifest) {
        this.layer = layer;
        this.config = config;
        this.manifest = manifest;
    }

    /** An image whose layer has {@code layerBytes} bytes; equal sizes make equal images. */
    public static FakeImage ofSize(int layerBytes) {
        byte[] layer = new byte[layerBytes];
        new Random(layerBytes).nextBytes(layer);
        Descriptor layerDescriptor = Descriptor.of(MediaType.OCI_LAYER, layer);
        byte[] config =
                ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                                + "\"diff_ids\":[\""
                                + layerDescriptor.digest()
                                + "\"]}}")
                        .getBytes(StandardCharsets.UTF_8);
        String manifest =
                "{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_MANIFEST
                        + "\",\"config\":"
                        + json(Descriptor.of(MediaType.OCI_CONFIG, config))
                        + ",\"layers\":["
                        + json(layerDescriptor)
                        + "]}";
        return new FakeImage(layer, config, manifest.getBytes(StandardCharsets.UTF_8));
    }

    /** An index of manifests, each with the platform {@code linux/<architecture>}. */
    public static byte[] index(List<Descriptor> manifests, List<String> architectures) {
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < manifests.size(); i++) {
            String entry = json(manifests.get(i));
            entries.append(i == 0 ? "" : ",")
                    .append(entry, 0, entry.length() - 1)
                    .append(",\"platform\":{\"os\":\"linux\",\"architecture\":\"")
                    .append(architectures.get(i))
                    .append("\"}}");
        }
        return ("{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_INDEX
                        + "\",\"manifests\":["
                        + entries
                        + "]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    public byte[] layer() {
        return layer;
    }

    public byte[] config() {
        return config;
    }

    public byte[] manifest() {
        return manifest;
    }

    public Descriptor layerDescriptor() {
        return Descriptor.of(MediaType.OCI_LAYER, layer);
    }

    public Descriptor configDescriptor() {
        return Descriptor.of(MediaType.OCI_CONFIG, config);
    }

    public Descriptor manifestDescriptor() {
        return Descriptor.of(MediaType.OCI_MANIFEST, manifest);
    }

    private static String json(Descriptor descriptor) {
        return "{\"mediaType\":\""
                + descriptor.mediaType()
                + "\",\"digest\":\""
                + descriptor.digest()
                + "\",\"size\":"
                + descriptor.size()
                + "}";
    }
}
