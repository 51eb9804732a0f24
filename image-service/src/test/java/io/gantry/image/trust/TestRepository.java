package io.gantry.image.trust;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.Referrer;
import io.gantry.image.registry.ResolvedManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A repository in memory with an image in it, and whatever is put beside. */
final class TestRepository implements Fetcher {

    static final ObjectMapper MAPPER = new ObjectMapper();

    final byte[] manifest;
    final Descriptor image;

    private final Map<String, byte[]> tags = new HashMap<>();
    private final Map<Digest, byte[]> blobs = new HashMap<>();
    private final List<Referrer> referrers = new ArrayList<>();

    TestRepository() {
        this(
                ("{\"schemaVersion\":2,\"mediaType\":\"" + MediaType.OCI_MANIFEST + "\"}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** One with an image of that manifest. */
    TestRepository(byte[] manifest) {
        this.manifest = manifest;
        this.image = Descriptor.of(MediaType.OCI_MANIFEST, manifest);
    }

    String signatureTag() {
        return "sha256-" + image.digest().hex() + ".sig";
    }

    void tag(String tag, byte[] document) {
        tags.put(tag, document);
    }

    /** Puts signatures where cosign puts them. */
    void sign(ObjectNode... layers) throws IOException {
        tag(signatureTag(), manifest(null, layers));
    }

    /** A layer of such a manifest. */
    ObjectNode layer(byte[] payload, Map<String, String> annotations) {
        ObjectNode layer = descriptor(CosignSignature.LAYER, payload);
        annotations.forEach(layer.putObject("annotations")::put);
        return layer;
    }

    /** Attaches a bundle. */
    void attach(ObjectNode bundle) throws IOException {
        attach(image, bundle);
    }

    /** Attaches a bundle to the image that says that it is attached to {@code subject}. */
    void attach(Descriptor subject, ObjectNode bundle) throws IOException {
        ObjectNode layer = descriptor(Bundle.TYPE, MAPPER.writeValueAsBytes(bundle));
        byte[] document = manifest(subject, layer);
        Descriptor descriptor = Descriptor.of(MediaType.OCI_MANIFEST, document);
        blobs.put(descriptor.digest(), document);
        referrers.add(new Referrer(descriptor, Bundle.TYPE));
    }

    void forgetBlobs() {
        blobs.clear();
    }

    /** Asks a policy whether the image may be pulled. */
    void pull(SignaturePolicy policy, String name) throws IOException {
        SignaturePolicy.Documents documents =
                new SignaturePolicy.Documents(List.of(image), descriptor -> manifest);
        policy.check(ImageReference.parse(name), documents, this);
    }

    private ObjectNode descriptor(String type, byte[] blob) {
        Descriptor descriptor = Descriptor.of(type, blob);
        blobs.put(descriptor.digest(), blob);
        return json(descriptor);
    }

    private static ObjectNode json(Descriptor descriptor) {
        return MAPPER.createObjectNode()
                .put("mediaType", descriptor.mediaType())
                .put("digest", descriptor.digest().toString())
                .put("size", descriptor.size());
    }

    private byte[] manifest(@Nullable Descriptor subject, ObjectNode... layers) throws IOException {
        ObjectNode document = MAPPER.createObjectNode();
        document.put("schemaVersion", 2).put("mediaType", MediaType.OCI_MANIFEST);
        document.set(
                "config", descriptor("application/vnd.oci.empty.v1+json", new byte[] {'{', '}'}));
        ArrayNode array = document.putArray("layers");
        for (ObjectNode layer : layers) {
            array.add(layer);
        }
        if (subject != null) {
            document.set("subject", json(subject));
        }
        return MAPPER.writeValueAsBytes(document);
    }

    @Override
    public Optional<Document> findTag(String tag) {
        return Optional.ofNullable(tags.get(tag)).map(bytes -> Document.parse(tag, "", bytes));
    }

    @Override
    public List<Referrer> listReferrers(Digest subject) {
        return subject.equals(image.digest()) ? referrers : List.of();
    }

    @Override
    public byte[] fetchManifest(Descriptor descriptor) {
        return blob(descriptor);
    }

    @Override
    public byte[] fetchBlob(Descriptor descriptor, int maxBytes) {
        if (descriptor.size() > maxBytes) {
            throw new FailedPreconditionException("blob is larger than " + maxBytes + " bytes");
        }
        return blob(descriptor);
    }

    private byte[] blob(Descriptor descriptor) {
        byte[] blob = blobs.get(descriptor.digest());
        if (blob == null) {
            throw new NotFoundException("blob " + descriptor.digest() + " not found");
        }
        return blob;
    }

    @Override
    public ResolvedManifest resolve() {
        throw new AssertionError("a policy resolves nothing");
    }

    @Override
    public InputStream openBlob(Descriptor descriptor, BlobProgress progress) {
        throw new AssertionError("a policy fetches no layers");
    }

    @Override
    public InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress) {
        throw new AssertionError("a policy fetches no layers");
    }
}
