package io.gantry.e2e.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * One image as an OCI layout, put together blob by blob; the name of its manifest in the layout is
 * "1".
 */
public final class ImageLayout {

    private static final String TYPE = "application/vnd.oci.image.";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final List<ObjectNode> layers = new ArrayList<>();
    private final List<String> diffIds = new ArrayList<>();

    /** How a layer is packed. */
    public enum Packing {
        PLAIN("tar"),
        GZIP("tar+gzip"),
        ZSTD("tar+zstd");

        private final String suffix;

        Packing(String suffix) {
            this.suffix = suffix;
        }
    }

    /** Digests of a finished image. */
    public record Ids(String imageId, String manifestDigest, List<String> layerDigests) {}

    /** An empty one in a directory that it makes. */
    public ImageLayout(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory.resolve("blobs/sha256"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** Adds a layer on top. */
    public ImageLayout layer(byte[] tar, Packing packing) {
        return layer(pack(tar, packing), packing, digest(tar));
    }

    /**
     * Adds a layer that is packed already.
     *
     * @param diffId of what is packed, or what is said to be
     */
    public ImageLayout layer(byte[] packed, Packing packing, String diffId) {
        diffIds.add(diffId);
        layers.add(blob("layer.v1." + packing.suffix, packed));
        return this;
    }

    /** Writes configuration, manifest and index. */
    public Ids finish(Map<String, Object> config) {
        ObjectNode image = JSON.createObjectNode();
        image.put("architecture", "amd64").put("os", "linux");
        image.set("config", JSON.valueToTree(config));
        ObjectNode rootfs = image.putObject("rootfs").put("type", "layers");
        ArrayNode ids = rootfs.putArray("diff_ids");
        diffIds.forEach(ids::add);
        ObjectNode configBlob = blob("config.v1+json", json(image));

        ObjectNode manifest = JSON.createObjectNode();
        manifest.put("schemaVersion", 2).put("mediaType", TYPE + "manifest.v1+json");
        manifest.set("config", configBlob);
        manifest.putArray("layers").addAll(layers);
        ObjectNode manifestBlob = blob("manifest.v1+json", json(manifest));

        ObjectNode named = manifestBlob.deepCopy();
        named.putObject("annotations").put("org.opencontainers.image.ref.name", "1");
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        index.putArray("manifests").add(named);
        write(directory.resolve("index.json"), json(index));
        write(
                directory.resolve("oci-layout"),
                "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
        return new Ids(
                configBlob.get("digest").asText(),
                manifestBlob.get("digest").asText(),
                layers.stream().map(layer -> layer.get("digest").asText()).toList());
    }

    /** sha256:… of the bytes. */
    public static String digest(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private ObjectNode blob(String type, byte[] bytes) {
        String digest = digest(bytes);
        write(directory.resolve("blobs").resolve(digest.replace(':', '/')), bytes);
        return JSON.createObjectNode()
                .put("mediaType", TYPE + type)
                .put("digest", digest)
                .put("size", bytes.length);
    }

    private byte[] pack(byte[] tar, Packing packing) {
        return switch (packing) {
            case PLAIN -> tar;
            case GZIP -> gzip(tar);
            case ZSTD -> zstd(tar);
        };
    }

    /** By Java's own, which writes no time into the header. */
    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private byte[] zstd(byte[] tar) {
        try {
            Path plain = directory.resolve("plain.tar");
            Path packed = directory.resolve("packed.tar.zst");
            Files.write(plain, tar);
            Command.of("zstd", "-q", "-f", plain.toString(), "-o", packed.toString())
                    .run()
                    .orThrow();
            byte[] bytes = Files.readAllBytes(packed);
            Files.delete(plain);
            Files.delete(packed);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] json(ObjectNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
