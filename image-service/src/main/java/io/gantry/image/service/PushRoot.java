package io.gantry.image.service;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Finds which document of an image a push is about. */
final class PushRoot {

    private final Catalog catalog;
    private final ContentStore content;

    PushRoot(Catalog catalog, ContentStore content) {
        this.catalog = catalog;
        this.content = content;
    }

    /**
     * The document that gets the names.
     *
     * @param name that the image was named by
     * @param platform of the manifest that is wanted; null: what the name stands for
     * @throws NotFoundException when an index has no such platform
     * @throws FailedPreconditionException when the platform's manifest is not here, or the image is
     *     for another one
     */
    Digest find(Image image, String name, @Nullable Platform platform) throws IOException {
        if (platform != null && platform.equals(image.config().platform())) {
            return image.manifestDigest();
        }
        Digest whole = whole(image, name);
        return platform == null ? whole : ofPlatform(whole, platform, image);
    }

    /** What a name stands for: an index, if the image came by one. */
    private Digest whole(Image image, String name) throws IOException {
        Digest root = catalog.root(name).orElseGet(() -> catalog.currentRoot(image.id()));
        return content.exists(root) ? root : image.manifestDigest();
    }

    private Digest ofPlatform(Digest root, Platform platform, Image image) throws IOException {
        byte[] bytes = content.read(root, Document.MAX_BYTES);
        Document document = Document.parse("manifest " + root, "", bytes);
        if (!(document instanceof Index)) {
            throw new FailedPreconditionException(
                    "image "
                            + image.id()
                            + " is for platform "
                            + image.config().platform()
                            + ", not for "
                            + platform);
        }
        Descriptor descriptor = new Descriptor(document.mediaType(), root, bytes.length);
        ImageSelection selection =
                ImageSelection.select(descriptor, platform, d -> stored(d, platform));
        checkPlatform(root, selection, platform);
        return selection.descriptor().digest();
    }

    private byte[] stored(Descriptor descriptor, Platform platform) throws IOException {
        if (!content.exists(descriptor.digest())) {
            throw new FailedPreconditionException(
                    "manifest "
                            + descriptor.digest()
                            + " for platform "
                            + platform
                            + " is not here; pull it first");
        }
        return content.read(descriptor.digest(), Document.MAX_BYTES);
    }

    /** What a processor would run for want of better is not what somebody asked to push. */
    private void checkPlatform(Digest root, ImageSelection selection, Platform wanted)
            throws IOException {
        Descriptor config = selection.manifest().config();
        if (!content.exists(config.digest())) {
            return;
        }
        Platform got;
        try {
            byte[] bytes = content.read(config.digest(), ImageConfig.MAX_BYTES);
            got = ImageConfig.parse(selection.manifest(), bytes).platform();
        } catch (InvalidArgumentException e) {
            return;
        }
        if (!got.os().equals(wanted.os()) || !got.architecture().equals(wanted.architecture())) {
            throw new NotFoundException(
                    "image "
                            + root
                            + " has no manifest for platform "
                            + wanted
                            + ", the nearest is for "
                            + got);
        }
    }
}
