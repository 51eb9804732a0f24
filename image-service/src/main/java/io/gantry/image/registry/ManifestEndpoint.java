package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /v2/<name>/manifests/<reference>} (distribution-spec 1.1, "Pulling manifests"). */
final class ManifestEndpoint {

    private static final Map<String, String> ACCEPT =
            Map.of("Accept", String.join(", ", MediaType.PULLABLE));

    private final RegistryHost host;
    private final ImageReference image;
    private final RegistryCaller caller;

    ManifestEndpoint(RegistryHost host, ImageReference image, RegistryCaller caller) {
        this.host = host;
        this.image = image;
        this.caller = caller;
    }

    /**
     * Asks for the descriptor of a tag or digest without its bytes; empty when the host does not
     * say all of it, or does not serve HEAD requests.
     */
    Optional<Descriptor> head() {
        try {
            return caller.call(
                    request("HEAD", image.target()), "image " + image, this::describedBy);
        } catch (UnknownException | PermissionDeniedException e) {
            // A GET may be allowed where a HEAD is not; if not, it at least gives the reason.
            return Optional.empty();
        }
    }

    private Optional<Descriptor> describedBy(Transport.Answer answer) throws IOException {
        // There is no body; seeing its end frees the connection for the next request.
        int end = answer.body().read();
        if (end >= 0) {
            return Optional.empty();
        }
        Digest digest = headerDigest(answer);
        long size = answer.response().headers().firstValueAsLong("Content-Length").orElse(-1);
        String mediaType = MediaType.withoutParameters(answer.header("Content-Type"));
        boolean known = MediaType.isIndex(mediaType) || MediaType.isManifest(mediaType);
        if (digest == null || size <= 0 || !known) {
            return Optional.empty();
        }
        checkDigest(digest);
        return Optional.of(new Descriptor(mediaType, digest, size));
    }

    /** Fetches what the reference names; its digest is computed unless the reference has one. */
    Fetched get() {
        return get(image.target(), "image " + image, image.digest());
    }

    /** Fetches what another tag of the repository names. */
    Fetched getTag(String tag) {
        return get(tag, "manifest " + image.name() + ":" + tag, null);
    }

    /** Fetches what a descriptor names. */
    byte[] get(Descriptor descriptor) {
        Fetched fetched =
                get(
                        descriptor.digest().toString(),
                        "manifest " + descriptor.digest() + " of " + image.name(),
                        descriptor.digest());
        if (fetched.bytes.length != descriptor.size()) {
            throw new DataLossException(
                    "manifest "
                            + descriptor.digest()
                            + " has "
                            + fetched.bytes.length
                            + " bytes where "
                            + descriptor.size()
                            + " were expected, from registry "
                            + host.name());
        }
        if (!fetched.descriptor.mediaType().equals(descriptor.mediaType())) {
            throw new InvalidImageException(
                    "manifest "
                            + descriptor.digest()
                            + " is served as "
                            + fetched.descriptor.mediaType()
                            + " by registry "
                            + host.name()
                            + " where its descriptor says "
                            + descriptor.mediaType());
        }
        return fetched.bytes;
    }

    /** A document and what describes it. */
    static final class Fetched {
        private final Descriptor descriptor;
        private final byte[] bytes;

        Fetched(Descriptor descriptor, byte[] bytes) {
            this.descriptor = descriptor;
            this.bytes = bytes;
        }

        Descriptor descriptor() {
            return descriptor;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    /** A body under the type that it was served as. */
    private static final class Served {
        private final String contentType;
        private final byte[] bytes;

        Served(String contentType, byte[] bytes) {
            this.contentType = contentType;
            this.bytes = bytes;
        }
    }

    private Fetched get(String target, String subject, @Nullable Digest expected) {
        Served served = caller.call(request("GET", target), subject, a -> read(a, subject));
        byte[] bytes = served.bytes;
        Digest.Algorithm algorithm =
                expected == null ? Digest.Algorithm.SHA256 : expected.algorithm();
        Digest got = Digest.of(algorithm, bytes);
        if (expected != null && !got.equals(expected)) {
            throw new DataLossException(
                    subject
                            + " has digest "
                            + got
                            + " where "
                            + expected
                            + " was expected, from registry "
                            + host.name());
        }
        String mediaType = Document.parse(subject, served.contentType, bytes).mediaType();
        return new Fetched(new Descriptor(mediaType, got, bytes.length), bytes);
    }

    private Served read(Transport.Answer answer, String subject) throws IOException {
        long announced = answer.response().headers().firstValueAsLong("Content-Length").orElse(0);
        byte[] bytes =
                announced > Document.MAX_BYTES
                        ? new byte[0]
                        : answer.body().readNBytes(Document.MAX_BYTES + 1);
        if (announced > Document.MAX_BYTES || bytes.length > Document.MAX_BYTES) {
            throw new InvalidImageException(
                    subject
                            + " has a manifest larger than "
                            + Document.MAX_BYTES
                            + " bytes in registry "
                            + host.name());
        }
        Digest claimed = headerDigest(answer);
        if (claimed != null && !claimed.matches(bytes)) {
            throw new DataLossException(
                    subject
                            + " has digest "
                            + Digest.of(claimed.algorithm(), bytes)
                            + " where the header of registry "
                            + host.name()
                            + " says "
                            + claimed);
        }
        return new Served(answer.header("Content-Type"), bytes);
    }

    private void checkDigest(Digest got) {
        Digest wanted = image.digest();
        if (wanted != null && got.algorithm() == wanted.algorithm() && !got.equals(wanted)) {
            throw new DataLossException(
                    "image "
                            + image
                            + " has digest "
                            + got
                            + " by the header of registry "
                            + host.name());
        }
    }

    private @Nullable Digest headerDigest(Transport.Answer answer) {
        String text = answer.header("Docker-Content-Digest");
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Digest.parse(text);
        } catch (InvalidArgumentException e) {
            throw new DataLossException(
                    "registry " + host.name() + " names an " + ErrorBody.printable(e.getMessage()),
                    e);
        }
    }

    private Transport.Request request(String method, String target) {
        return new Transport.Request(
                method,
                host.url(image.repository(), "/manifests/" + target),
                ACCEPT,
                host.headers(),
                null);
    }
}
