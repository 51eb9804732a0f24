package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code GET /v2/<name>/blobs/<digest>} (distribution-spec 1.1, "Pulling blobs"). */
final class BlobEndpoint {

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

    private final RegistryHost host;
    private final ImageReference image;
    private final RegistryCaller caller;

    BlobEndpoint(RegistryHost host, ImageReference image, RegistryCaller caller) {
        this.host = host;
        this.image = image;
        this.caller = caller;
    }

    /**
     * Opens a blob at an offset. The request always goes to the registry: the signed URL that an
     * earlier one was redirected to may have run out.
     *
     * @return the bytes from {@code offset} on; may end early or late, which the reader checks
     */
    InputStream open(Descriptor descriptor, long offset) {
        String subject = "blob " + descriptor.digest() + " of " + image.name();
        Map<String, String> headers =
                offset == 0 ? Map.of() : Map.of("Range", "bytes=" + offset + "-");
        Transport.Answer answer =
                caller.open(
                        new Transport.Request(
                                "GET",
                                host.url(image.repository(), "/blobs/" + descriptor.digest()),
                                headers,
                                host.headers(),
                                null),
                        subject);
        boolean handedOver = false;
        try {
            if (answer.status() == 206) {
                checkRange(answer, descriptor, offset);
            } else {
                checkLength(answer, descriptor);
                answer.body().skipNBytes(offset);
            }
            handedOver = true;
            return answer.body();
        } catch (IOException e) {
            throw caller.unavailable(subject, e);
        } finally {
            if (!handedOver) {
                answer.close();
            }
        }
    }

    private void checkRange(Transport.Answer answer, Descriptor descriptor, long offset) {
        String range = answer.header("Content-Range");
        Matcher matcher = CONTENT_RANGE.matcher(range);
        boolean right =
                matcher.matches()
                        && Long.parseLong(matcher.group(1)) == offset
                        && Long.parseLong(matcher.group(2)) < descriptor.size()
                        && (matcher.group(3).equals("*")
                                || Long.parseLong(matcher.group(3)) == descriptor.size());
        if (!right) {
            throw new DataLossException(
                    "registry "
                            + host.name()
                            + " sent range \""
                            + ErrorBody.printable(range)
                            + "\" of blob "
                            + descriptor.digest()
                            + " where bytes "
                            + offset
                            + "- of "
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
                            + host.name()
                            + " where its descriptor says "
                            + descriptor.size());
        }
    }
}
