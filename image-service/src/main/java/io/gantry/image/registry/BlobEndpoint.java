package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code GET /v2/<name>/blobs/<digest>} (distribution-spec 1.1, "Pulling blobs"). */
final class BlobEndpoint {

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

    private final String host;
    private final Function<Digest, URI> urls;
    private final Map<String, List<String>> headers;
    private final RegistryCaller caller;
    private final String of;

    private BlobEndpoint(
            String host,
            Function<Digest, URI> urls,
            Map<String, List<String>> headers,
            RegistryCaller caller,
            String of) {
        this.host = host;
        this.urls = urls;
        this.headers = headers;
        this.caller = caller;
        this.of = of;
    }

    BlobEndpoint(RegistryHost host, ImageReference image, RegistryCaller caller) {
        this(
                host.name(),
                digest -> host.url(image.repository(), "/blobs/" + digest),
                host.headers(),
                caller,
                " of " + image.name());
    }

    /** One blob at a URL of its own. */
    static BlobEndpoint at(URI url, RegistryCaller caller) {
        return new BlobEndpoint(url.getRawAuthority(), digest -> url, Map.of(), caller, "");
    }

    /**
     * A part of a blob.
     *
     * @param from its first byte
     * @param to the one after its last
     */
    record Part(long from, long to) {

        /** The {@code Range} header of it within a blob; empty when it is all of it. */
        String header(long size) {
            if (to == size) {
                return from == 0 ? "" : "bytes=" + from + "-";
            }
            return "bytes=" + from + "-" + (to - 1);
        }
    }

    /**
     * An answer.
     *
     * @param body the bytes from the part's first on; may end early or late, which the reader
     *     checks
     * @param partial whether the host serves ranges; if not, the body goes on to the blob's end
     */
    record Opened(InputStream body, boolean partial) {}

    /**
     * Opens a part of a blob. The request always goes to the registry: the signed URL that an
     * earlier one was redirected to may have run out.
     */
    Opened open(Descriptor descriptor, Part part) {
        Transport.Answer answer = ask(descriptor, part);
        boolean handedOver = false;
        try {
            boolean partial = answer.status() == 206;
            if (partial) {
                checkRange(answer, descriptor, part);
            } else {
                checkLength(answer, descriptor);
                answer.body().skipNBytes(part.from());
            }
            handedOver = true;
            return new Opened(answer.body(), partial);
        } catch (IOException e) {
            throw caller.unavailable(subject(descriptor), e);
        } finally {
            if (!handedOver) {
                answer.close();
            }
        }
    }

    private Transport.Answer ask(Descriptor descriptor, Part part) {
        String range = part.header(descriptor.size());
        Map<String, String> wanted = range.isEmpty() ? Map.of() : Map.of("Range", range);
        Transport.Request request = request(descriptor, wanted);
        if (range.isEmpty()) {
            return caller.open(request, subject(descriptor));
        }
        try {
            return caller.open(request, subject(descriptor));
        } catch (UnknownException e) {
            // As 416. What is asked for is within the blob: who says otherwise serves no ranges.
            return caller.open(request(descriptor, Map.of()), subject(descriptor));
        }
    }

    private Transport.Request request(Descriptor descriptor, Map<String, String> wanted) {
        return new Transport.Request("GET", urls.apply(descriptor.digest()), wanted, headers, null);
    }

    private String subject(Descriptor descriptor) {
        return "blob " + descriptor.digest() + of;
    }

    private void checkRange(Transport.Answer answer, Descriptor descriptor, Part part) {
        String range = answer.header("Content-Range");
        Matcher matcher = CONTENT_RANGE.matcher(range);
        boolean right =
                matcher.matches()
                        && Long.parseLong(matcher.group(1)) == part.from()
                        && Long.parseLong(matcher.group(2)) < part.to()
                        && (matcher.group(3).equals("*")
                                || Long.parseLong(matcher.group(3)) == descriptor.size());
        if (!right) {
            throw new DataLossException(
                    "registry "
                            + host
                            + " sent range \""
                            + ErrorBody.printable(range)
                            + "\" of blob "
                            + descriptor.digest()
                            + " where bytes "
                            + part.header(descriptor.size()).replace("bytes=", "")
                            + " of "
                            + descriptor.size()
                            + " were asked for");
        }
    }

    private void checkLength(Transport.Answer answer, Descriptor descriptor) {
        OptionalLong length = answer.response().headers().firstValueAsLong("Content-Length");
        if (length.isPresent() && length.getAsLong() != descriptor.size()) {
            throw new DataLossException(
                    "blob "
                            + descriptor.digest()
                            + " has "
                            + length.getAsLong()
                            + " bytes in registry "
                            + host
                            + " where its descriptor says "
                            + descriptor.size());
        }
    }
}
