package io.gantry.image.registry;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import java.net.URI;
import java.util.function.Function;

/**
 * Layers that registries need not hold, from the URLs in their descriptor (OCI image-spec
 * descriptor.md, {@code urls}). Whoever made the image chose these: nobody there is shown
 * credentials (CVE-2020-15157), and only https is spoken.
 */
final class ForeignBlobs {

    private final URI origin;
    private final Function<URI, RegistryCaller> strangers;

    /**
     * @param origin the registry that the descriptor came from
     * @param strangers makes callers that prove nothing to anybody
     */
    ForeignBlobs(URI origin, Function<URI, RegistryCaller> strangers) {
        this.origin = origin;
        this.strangers = strangers;
    }

    static boolean isForeign(Descriptor descriptor) {
        return MediaType.isForeignLayer(descriptor.mediaType()) && !descriptor.urls().isEmpty();
    }

    /**
     * Opens a part of a blob.
     *
     * @param missing why the registry does not serve it
     * @throws ServiceException the last URL's failure when none serves it
     */
    BlobEndpoint.Opened open(
            Descriptor descriptor, BlobEndpoint.Part part, NotFoundException missing) {
        ServiceException last = missing;
        for (String text : descriptor.urls()) {
            try {
                URI url = parse(descriptor, text);
                Reach.check(origin, url, "points");
                return BlobEndpoint.at(url, strangers.apply(url)).open(descriptor, part);
            } catch (CancelledException | DeadlineExceededException e) {
                throw e;
            } catch (ServiceException e) {
                e.addSuppressed(last);
                last = e;
            }
        }
        throw last;
    }

    private URI parse(Descriptor descriptor, String text) {
        try {
            URI url = URI.create(text);
            boolean web =
                    "https".equals(url.getScheme())
                            || ("http".equals(url.getScheme())
                                    && Loopback.isLoopback(String.valueOf(url.getHost()))
                                    && Loopback.isLoopback(origin.getHost()));
            if (web && url.getHost() != null && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw refused(descriptor, text);
        }
        throw refused(descriptor, text);
    }

    private static PermissionDeniedException refused(Descriptor descriptor, String text) {
        return new PermissionDeniedException(
                "blob "
                        + descriptor.digest()
                        + " is said to be at \""
                        + ErrorBody.printable(text)
                        + "\", which is not an https URL");
    }
}
