package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.ResolvedManifest;
import io.gantry.image.registry.Resolver;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** A registry in memory: images by reference, and a count of what was fetched. */
final class MemoryRegistry implements Resolver {

    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, Descriptor> tags = new ConcurrentHashMap<>();
    private final Map<Digest, AtomicInteger> fetched = new ConcurrentHashMap<>();
    private final Map<Digest, AtomicLong> sent = new ConcurrentHashMap<>();
    private final AtomicInteger resolved = new AtomicInteger();
    private volatile UnaryOperator<InputStream> line = UnaryOperator.identity();

    /** Puts something between the registry and whoever reads blobs. */
    void through(UnaryOperator<InputStream> operator) {
        line = operator;
    }

    /** How often a blob was fetched. */
    int fetches(Digest digest) {
        AtomicInteger count = fetched.get(digest);
        return count == null ? 0 : count.get();
    }

    /** How often a name was asked for. */
    int resolved() {
        return resolved.get();
    }

    /** How many bytes of a blob were asked for as a stream, over all pulls. */
    long bytesOf(Digest digest) {
        AtomicLong count = sent.get(digest);
        return count == null ? 0 : count.get();
    }

    /** Publishes an image; each layer is a packed blob with the digest of the unpacked one. */
    Descriptor publish(String reference, List<Layer> layers) {
        return publish(reference, "{}", layers);
    }

    /** Publishes an image whose configuration has that section of defaults, in JSON. */
    Descriptor publish(String reference, String defaults, List<Layer> layers) {
        StringBuilder diffIds = new StringBuilder();
        StringBuilder descriptors = new StringBuilder();
        for (Layer layer : layers) {
            Descriptor blob = put(MediaType.OCI_LAYER_GZIP, layer.blob);
            diffIds.append(diffIds.isEmpty() ? "" : ",")
                    .append('"')
                    .append(layer.diffId)
                    .append('"');
            descriptors.append(descriptors.isEmpty() ? "" : ",").append(json(blob));
        }
        Descriptor config =
                put(
                        MediaType.OCI_CONFIG,
                        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":"
                                        + defaults
                                        + ",\"rootfs\":"
                                        + "{\"type\":\"layers\",\"diff_ids\":["
                                        + diffIds
                                        + "]}}")
                                .getBytes(StandardCharsets.UTF_8));
        Descriptor manifest =
                put(
                        MediaType.OCI_MANIFEST,
                        ("{\"schemaVersion\":2,\"mediaType\":\""
                                        + MediaType.OCI_MANIFEST
                                        + "\",\"config\":"
                                        + json(config)
                                        + ",\"layers\":["
                                        + descriptors
                                        + "]}")
                                .getBytes(StandardCharsets.UTF_8));
        tags.put(ImageReference.parse(reference).canonical(), manifest);
        return manifest;
    }

    /** Publishes an index of images by their architectures, each with one layer of one file. */
    void publishIndex(String reference, Map<String, Layer> layers) {
        List<String> manifests = new ArrayList<>();
        layers.forEach(
                (architecture, layer) -> {
                    String blob = json(put(MediaType.OCI_LAYER_GZIP, layer.blob));
                    String config =
                            """
                            {"architecture":"%s","os":"linux","config":{},
                            "rootfs":{"type":"layers","diff_ids":["%s"]}}\
                            """
                                    .formatted(architecture, layer.diffId);
                    String manifest =
                            """
                            {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}\
                            """
                                    .formatted(
                                            MediaType.OCI_MANIFEST,
                                            json(put(MediaType.OCI_CONFIG, bytes(config))),
                                            blob);
                    String descriptor = json(put(MediaType.OCI_MANIFEST, bytes(manifest)));
                    manifests.add(
                            descriptor.replaceFirst(
                                    "}$",
                                    ",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}}"
                                            .formatted(architecture)));
                });
        String index =
                """
                {"schemaVersion":2,"mediaType":"%s","manifests":[%s]}\
                """
                        .formatted(MediaType.OCI_INDEX, String.join(",", manifests));
        tags.put(
                ImageReference.parse(reference).canonical(),
                put(MediaType.OCI_INDEX, bytes(index)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Publishes an artifact: files under titles; the empty title is none. */
    Descriptor publishArtifact(
            String reference, Digest.Algorithm algorithm, List<Map.Entry<String, byte[]>> files) {
        StringBuilder descriptors = new StringBuilder();
        for (Map.Entry<String, byte[]> file : files) {
            Digest digest = Digest.of(algorithm, file.getValue());
            blobs.put(digest, file.getValue());
            Descriptor blob = new Descriptor("text/plain", digest, file.getValue().length);
            String json = json(blob);
            String annotated =
                    json.substring(0, json.length() - 1)
                            + ",\"annotations\":{\"org.opencontainers.image.title\":\""
                            + file.getKey()
                            + "\"}}";
            descriptors
                    .append(descriptors.isEmpty() ? "" : ",")
                    .append(file.getKey().isEmpty() ? json : annotated);
        }
        Descriptor config =
                put("application/vnd.oci.empty.v1+json", "{}".getBytes(StandardCharsets.UTF_8));
        byte[] manifest =
                ("{\"schemaVersion\":2,\"mediaType\":\""
                                + MediaType.OCI_MANIFEST
                                + "\",\"artifactType\":\"application/vnd.example.model\",\"config\":"
                                + json(config)
                                + ",\"layers\":["
                                + descriptors
                                + "]}")
                        .getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(algorithm, manifest);
        blobs.put(digest, manifest);
        Descriptor root = new Descriptor(MediaType.OCI_MANIFEST, digest, manifest.length);
        tags.put(ImageReference.parse(reference).canonical(), root);
        return root;
    }

    /** Publishes an index of one manifest, for no platform. */
    void publishIndex(String reference, Descriptor manifest) {
        Descriptor index =
                put(
                        MediaType.OCI_INDEX,
                        ("{\"schemaVersion\":2,\"mediaType\":\""
                                        + MediaType.OCI_INDEX
                                        + "\",\"manifests\":["
                                        + json(manifest)
                                        + "]}")
                                .getBytes(StandardCharsets.UTF_8));
        tags.put(ImageReference.parse(reference).canonical(), index);
    }

    /** A layer to publish. */
    @SuppressWarnings("ArrayRecordComponent") // written once, never compared
    record Layer(byte[] blob, Digest diffId) {}

    @Override
    public Fetcher open(ImageReference reference, Credentials credentials, Deadline deadline) {
        return new OneImage(reference);
    }

    private Descriptor put(String mediaType, byte[] bytes) {
        Descriptor descriptor = Descriptor.of(mediaType, bytes);
        blobs.put(descriptor.digest(), bytes);
        return descriptor;
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

    private final class OneImage implements Fetcher {
        private final ImageReference reference;

        OneImage(ImageReference reference) {
            this.reference = reference;
        }

        @Override
        public ResolvedManifest resolve() {
            resolved.incrementAndGet();
            Digest digest = reference.digest();
            if (digest != null) {
                long size = bytes(digest).length;
                return new ResolvedManifest(
                        new Descriptor(MediaType.OCI_MANIFEST, digest, size), "memory");
            }
            Descriptor found = tags.get(reference.canonical());
            if (found == null) {
                throw new NotFoundException(reference + " is not in the registry");
            }
            return new ResolvedManifest(found, "memory");
        }

        @Override
        public byte[] fetchManifest(Descriptor descriptor) {
            return count(descriptor.digest());
        }

        @Override
        public byte[] fetchBlob(Descriptor descriptor, int maxBytes) {
            return count(descriptor.digest());
        }

        @Override
        public InputStream openBlob(Descriptor descriptor, BlobProgress progress) {
            return openBlobFrom(descriptor, 0, progress);
        }

        @Override
        public InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress) {
            byte[] bytes = count(descriptor.digest());
            int from = (int) offset;
            sent.computeIfAbsent(descriptor.digest(), d -> new AtomicLong())
                    .addAndGet(bytes.length - from);
            return line.apply(new ByteArrayInputStream(bytes, from, bytes.length - from));
        }

        private byte[] count(Digest digest) {
            byte[] bytes = bytes(digest);
            fetched.computeIfAbsent(digest, d -> new AtomicInteger()).incrementAndGet();
            return bytes;
        }

        private byte[] bytes(Digest digest) {
            byte[] bytes = blobs.get(digest);
            if (bytes == null) {
                throw new NotFoundException("blob " + digest + " is not in the registry");
            }
            return bytes;
        }
    }
}
