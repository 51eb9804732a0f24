package io.gantry.e2e.harness;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Puts artifacts into a registry request by request, as tools for models and charts do. */
public final class ArtifactPush implements AutoCloseable {

    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String host;
    private final HttpClient client = HttpClient.newHttpClient();

    public ArtifactPush(Registry registry) {
        this.host = registry.host();
    }

    /**
     * Uploads files under titles.
     *
     * @param repository without tag
     * @return the digest of the manifest
     */
    public String push(String repository, String tag, String type, Map<String, String> files) {
        ObjectNode manifest = JSON.createObjectNode();
        manifest.put("schemaVersion", 2).put("mediaType", MANIFEST).put("artifactType", type);
        byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
        manifest.set("config", blob(repository, "application/vnd.oci.empty.v1+json", empty));
        ArrayNode layers = manifest.putArray("layers");
        files.forEach(
                (title, content) -> {
                    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
                    ObjectNode layer = blob(repository, "text/plain", bytes);
                    layer.putObject("annotations").put("org.opencontainers.image.title", title);
                    layers.add(layer);
                });
        byte[] bytes = manifest.toString().getBytes(StandardCharsets.UTF_8);
        HttpRequest put =
                HttpRequest.newBuilder(uri("/v2/" + repository + "/manifests/" + tag))
                        .header("Content-Type", MANIFEST)
                        .PUT(BodyPublishers.ofByteArray(bytes))
                        .build();
        send(put, 201);
        return ImageLayout.digest(bytes);
    }

    /** The bytes of a manifest as the registry has them. */
    public byte[] manifest(String repository, String tag) {
        HttpRequest get =
                HttpRequest.newBuilder(uri("/v2/" + repository + "/manifests/" + tag))
                        .header("Accept", MANIFEST)
                        .build();
        return send(get, 200).body();
    }

    private ObjectNode blob(String repository, String type, byte[] bytes) {
        String digest = ImageLayout.digest(bytes);
        HttpRequest post =
                HttpRequest.newBuilder(uri("/v2/" + repository + "/blobs/uploads/"))
                        .POST(BodyPublishers.noBody())
                        .build();
        String location = send(post, 202).headers().firstValue("Location").orElseThrow();
        String mark = location.contains("?") ? "&" : "?";
        HttpRequest put =
                HttpRequest.newBuilder(uri("/").resolve(location + mark + "digest=" + digest))
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(bytes))
                        .build();
        send(put, 201);
        return JSON.createObjectNode()
                .put("mediaType", type)
                .put("digest", digest)
                .put("size", bytes.length);
    }

    private URI uri(String path) {
        return URI.create("http://" + host + path);
    }

    private HttpResponse<byte[]> send(HttpRequest request, int expected) {
        try {
            HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() != expected) {
                throw new IllegalStateException(
                        request
                                + ": "
                                + response.statusCode()
                                + " "
                                + new String(response.body(), StandardCharsets.UTF_8));
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
