package io.gantry.image.trust;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.reference.ImageReference;
import java.util.Optional;

/**
 * Under which names the images below a prefix are signed: their own, or with another prefix where
 * they are copies.
 *
 * @param prefix of their own names
 * @param signed the prefix in its place, as a rule the same
 */
record SignedNames(String prefix, String signed) {

    /**
     * Whether a signer's name for an image is the one that it is pulled by: the repository must be
     * the same, and so must the tag, if the signer gave one and no digest is asked for.
     */
    boolean match(String signersName, ImageReference image) {
        Optional<ImageReference> named = parse(signersName);
        if (named.isEmpty() || !named.get().name().equals(expected(image))) {
            return false;
        }
        boolean tagged = named.get().digest() == null && hasTag(signersName);
        return !tagged || image.digest() != null || named.get().target().equals(image.target());
    }

    /** The repository that a signer must have named. */
    String expected(ImageReference image) {
        return signed + image.name().substring(prefix.length());
    }

    private static boolean hasTag(String name) {
        return name.lastIndexOf(':') > name.lastIndexOf('/');
    }

    private static Optional<ImageReference> parse(String name) {
        try {
            return Optional.of(ImageReference.parse(name));
        } catch (InvalidArgumentException e) {
            return Optional.empty();
        }
    }
}
