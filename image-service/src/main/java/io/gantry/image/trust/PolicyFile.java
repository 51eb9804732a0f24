package io.gantry.image.trust;

import io.gantry.image.content.Descriptor;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Fetcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;

/**
 * A policy in a file, described in docs/signatures.md. Read anew for each image, with the keys and
 * certificates that it names, so that a change needs no restart; whoever changes it had better
 * replace it whole, by a rename.
 */
public final class PolicyFile implements SignaturePolicy {

    private final Path file;

    /** A policy that is in a file; reads nothing yet. */
    public PolicyFile(Path file) {
        this.file = file;
    }

    /**
     * Reads it for its errors.
     *
     * @throws io.gantry.base.error.FailedPreconditionException when it cannot be used, naming file
     *     and key
     */
    public void load() {
        Policy _ = PolicyReader.read(file);
    }

    @Override
    public void check(ImageReference image, Documents documents, Fetcher fetcher)
            throws IOException {
        Policy.Match match = PolicyReader.read(file).match(image);
        String refused = image + " is not accepted by " + file + ", " + match.where() + ": ";
        switch (match.rule()) {
            case Rule.Accept _ -> {}
            case Rule.Reject _ ->
                    throw new SignatureRefusedException(
                            refused + "images of that name are rejected");
            case Rule.Require require -> {
                SignatureSearch search =
                        new SignatureSearch(
                                fetcher, documents.source(), new SignatureVerifier(require, image));
                if (!isSigned(documents, search)) {
                    throw new SignatureRefusedException(refused + search.reasons());
                }
            }
        }
    }

    private static boolean isSigned(Documents documents, SignatureSearch search)
            throws IOException {
        for (Descriptor document : new LinkedHashSet<>(documents.path())) {
            if (search.isSigned(document)) {
                return true;
            }
        }
        return false;
    }
}
