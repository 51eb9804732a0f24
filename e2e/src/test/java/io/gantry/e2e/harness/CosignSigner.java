package io.gantry.e2e.harness;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Signs images in a registry with a key of its own, where and as {@code cosign sign} does. */
public final class CosignSigner {

    private static final String EMPTY = "{}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final KeyPair keys;

    /** One with a fresh key. */
    public CosignSigner() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The public key, in PEM. */
    public String publicKey() {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /** Signs the image of a digest in a repository under the repository's name. */
    public void sign(Registry registry, String repository, String digest) {
        sign(registry, repository, digest, registry.reference(repository));
    }

    /** As {@link #sign(Registry, String, String)}, saying that it is another repository's. */
    public void sign(Registry registry, String repository, String digest, String name) {
        String payload =
                """
                {"critical":{"identity":{"docker-reference":"%s"},"image":\
                {"docker-manifest-digest":"%s"},"type":"cosign container image signature"},\
                "optional":null}\
                """
                        .formatted(name, digest);
        String manifest =
                """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
                "config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[{\
                "mediaType":"application/vnd.dev.cosign.simplesigning.v1+json",%s,"annotations":\
                {"dev.cosignproject.cosign/signature":"%s"}}]}\
                """
                        .formatted(
                                blob(registry, repository, EMPTY),
                                blob(registry, repository, payload),
                                signature(payload));
        String tag = digest.replace(':', '-') + ".sig";
        send(
                HttpRequest.newBuilder(url(registry, repository, "manifests/" + tag))
                        .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                        .PUT(HttpRequest.BodyPublishers.ofString(manifest)));
    }

    private String signature(String payload) {
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(payload.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Uploads a blob, and returns what a descriptor says of it. */
    private String blob(Registry registry, String repository, String text) {
        String digest = ImageLayout.digest(text.getBytes(StandardCharsets.UTF_8));
        String place =
                send(HttpRequest.newBuilder(url(registry, repository, "blobs/uploads/"))
                                .POST(HttpRequest.BodyPublishers.noBody()))
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        send(
                HttpRequest.newBuilder(URI.create(place + "&digest=" + digest))
                        .header("Content-Type", "application/octet-stream")
                        .PUT(HttpRequest.BodyPublishers.ofString(text)));
        return "\"digest\":\"" + digest + "\",\"size\":" + text.length();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException(answer + ": " + answer.body());
            }
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static URI url(Registry registry, String repository, String rest) {
        return URI.create("http://" + registry.host() + "/v2/" + repository + "/" + rest);
    }
}
