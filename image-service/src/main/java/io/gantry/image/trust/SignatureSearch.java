package io.gantry.image.trust;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.Referrer;
import java.io.IOException;
import java.util.Optional;

/**
 * Looks for a signature that counts, wherever signatures of an image may be: under cosign's tag,
 * and among what is attached to its manifest. Used once.
 */
final class SignatureSearch {

    /** What anybody may attach costs no more than this to look at. */
    static final int MAX_SIGNATURES = 64;

    /** Of one signature or bundle; a payload has some hundred bytes. */
    static final int MAX_BYTES = 1024 * 1024;

    /** What cosign calls signatures that are attached, its {@code oci-1-1} mode. */
    private static final String ATTACHED = "application/vnd.dev.cosign.artifact.sig.v1+json";

    private final Fetcher fetcher;
    private final ImageSelection.Source source;
    private final SignatureVerifier verifier;
    private final Reasons reasons = new Reasons();
    private int looked;

    SignatureSearch(Fetcher fetcher, ImageSelection.Source source, SignatureVerifier verifier) {
        this.fetcher = fetcher;
        this.source = source;
        this.verifier = verifier;
    }

    /** Whether a document has a signature that counts. */
    boolean isSigned(Descriptor document) throws IOException {
        return isSignedByTag(document) || isSignedByReferrer(document);
    }

    /** Why no signature that was found counts. */
    Reasons reasons() {
        return reasons;
    }

    private boolean isSignedByTag(Descriptor document) throws IOException {
        Digest digest = document.digest();
        String tag = digest.algorithm().label() + "-" + digest.hex() + ".sig";
        Optional<Document> found;
        try {
            found = fetcher.findTag(tag);
        } catch (FailedPreconditionException | DataLossException e) {
            reasons.add(tag, e);
            return false;
        }
        if (found.isEmpty()) {
            return false;
        }
        if (found.get() instanceof Manifest manifest) {
            return anyLayer(tag, manifest, document);
        }
        reasons.add(tag, "it is an index, no manifest");
        return false;
    }

    private boolean isSignedByReferrer(Descriptor document) throws IOException {
        for (Referrer referrer : fetcher.listReferrers(document.digest())) {
            boolean mayBe =
                    MediaType.isManifest(referrer.descriptor().mediaType())
                            && isSignature(referrer.artifactType());
            if (mayBe && looked < MAX_SIGNATURES && isSignedBy(referrer, document)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSignature(String artifactType) {
        return artifactType.isEmpty()
                || artifactType.equals(Bundle.TYPE)
                || artifactType.equals(ATTACHED);
    }

    private boolean isSignedBy(Referrer referrer, Descriptor document) throws IOException {
        Descriptor descriptor = referrer.descriptor();
        String where = "manifest " + descriptor.digest();
        looked++;
        Document read;
        try {
            byte[] bytes = fetcher.fetchManifest(descriptor);
            read = Document.parse(where, descriptor.mediaType(), bytes);
        } catch (NotFoundException | FailedPreconditionException | DataLossException e) {
            reasons.add(where, e);
            return false;
        }
        Descriptor subject = read.subject();
        if (subject == null || !subject.digest().equals(document.digest())) {
            reasons.add(where, "it is attached to something else");
            return false;
        }
        return read instanceof Manifest manifest && anyLayer(where, manifest, document);
    }

    private boolean anyLayer(String where, Manifest manifest, Descriptor document)
            throws IOException {
        int number = 0;
        for (Descriptor layer : manifest.layers()) {
            number++;
            boolean known =
                    layer.mediaType().equals(Bundle.TYPE)
                            || layer.mediaType().equals(CosignSignature.LAYER);
            if (known && looked < MAX_SIGNATURES) {
                looked++;
                if (counts(where + " layer " + number, layer, document)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean counts(String where, Descriptor layer, Descriptor document) throws IOException {
        try {
            verifier.verify(read(layer, document), document.digest());
            return true;
        } catch (RefusalException
                | NotFoundException
                | FailedPreconditionException
                | DataLossException e) {
            reasons.add(where, e);
        }
        return false;
    }

    private SignedClaim read(Descriptor layer, Descriptor document)
            throws RefusalException, IOException {
        byte[] bytes = fetcher.fetchBlob(layer, MAX_BYTES);
        return layer.mediaType().equals(Bundle.TYPE)
                ? Bundle.read(bytes, document.digest(), () -> source.read(document))
                : CosignSignature.read(bytes, layer.annotations());
    }
}
