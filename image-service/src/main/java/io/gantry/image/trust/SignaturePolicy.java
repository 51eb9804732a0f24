package io.gantry.image.trust;

import io.gantry.image.content.Descriptor;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Fetcher;
import java.io.IOException;
import java.util.List;

/** Decides whether an image may be pulled. Thread-safe. */
@FunctionalInterface
public interface SignaturePolicy {

    /** Lets everything in, signed or not. */
    SignaturePolicy NONE = (image, documents, fetcher) -> {};

    /**
     * Checks an image whose documents are known and whose layers are not fetched yet.
     *
     * @param image as it is pulled
     * @param documents what its name leads to
     * @param fetcher of the pull, by which signatures are looked for
     * @throws SignatureRefusedException when it may not come here, with the reasons
     * @throws io.gantry.base.error.FailedPreconditionException when the policy cannot be read
     * @throws io.gantry.base.error.ServiceException as {@link Fetcher} says, when signatures cannot
     *     be asked for
     */
    void check(ImageReference image, Documents documents, Fetcher fetcher) throws IOException;

    /**
     * The documents on the way from a name to an image: a signature of any of them is one of the
     * image.
     *
     * @param path what the name stands for first, the manifest of the platform last
     * @param source of their bytes
     */
    record Documents(List<Descriptor> path, ImageSelection.Source source) {
        public Documents {
            path = List.copyOf(path);
        }
    }
}
