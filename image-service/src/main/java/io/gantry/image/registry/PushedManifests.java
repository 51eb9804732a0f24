package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v2/<name>/manifests/<reference>} as a push uses it (distribution-spec 1.1, "Pushing
 * Manifests"). Thread-safe.
 */
final class PushedManifests {

    private static final Map<String, String> ACCEPT =
            Map.of("Accept", String.join(", ", MediaType.PULLABLE));

    private final PushHost host;

    PushedManifests(PushHost host) {
        this.host = host;
    }

    /**
     * A document that a tag names.
     *
     * @param etag of this state of the tag; may be empty
     */
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record Tagged(byte[] bytes, String etag) {}

    boolean has(Digest digest) {
        Transport.Request request = request("HEAD", digest.toString(), ACCEPT, null);
        try {
            return host.caller().call(request, subject(digest.toString()), answer -> true);
        } catch (NotFoundException | PermissionDeniedException | UnknownException e) {
            // Whether it may be pushed, and if not, why, is what the push is told.
            return false;
        }
    }

    /** What a tag names; empty when there is no such tag. */
    Optional<Tagged> find(String tag) {
        Transport.Request request = request("GET", tag, ACCEPT, null);
        try {
            return Optional.of(
                    host.caller()
                            .call(
                                    request,
                                    subject(tag),
                                    answer ->
                                            new Tagged(
                                                    answer.body()
                                                            .readNBytes(Document.MAX_BYTES + 1),
                                                    answer.header("ETag"))));
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    /**
     * Stores a document.
     *
     * @param etag of the state that is replaced; empty: whichever
     * @return whether the registry keeps an account of the document's subject
     * @throws io.gantry.base.error.FailedPreconditionException when the state is another by now
     * @throws DataLossException when the registry has taken it for something else
     */
    boolean put(Descriptor descriptor, byte[] bytes, String target, String etag) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (!etag.isEmpty()) {
            headers.put("If-Match", etag);
        }
        Transport.Request request =
                request("PUT", target, headers, RequestBody.of(descriptor.mediaType(), bytes));
        return host.caller()
                .call(
                        request,
                        subject(target),
                        answer -> {
                            checkDigest(answer, descriptor.digest(), target);
                            return !answer.header("OCI-Subject").isEmpty();
                        });
    }

    private void checkDigest(Transport.Answer answer, Digest digest, String target) {
        String stored = answer.header("Docker-Content-Digest").strip();
        boolean comparable = stored.startsWith(digest.algorithm().label() + ":");
        if (comparable && !stored.equals(digest.toString())) {
            throw new DataLossException(
                    "registry "
                            + host.name()
                            + " stored "
                            + subject(target)
                            + " as "
                            + ErrorBody.printable(stored)
                            + " where "
                            + digest
                            + " was sent");
        }
    }

    private String subject(String target) {
        return "manifest " + target + " of " + host.repository();
    }

    private Transport.Request request(
            String method, String target, Map<String, String> headers, @Nullable RequestBody body) {
        URI url = host.url("/manifests/" + target);
        return new Transport.Request(method, url, headers, host.headersFor(url), null, body);
    }
}
