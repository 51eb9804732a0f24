package io.gantry.image.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is pushed where.
 *
 * @param image name or id of an image that is here, as {@link ImageManager#find} takes it
 * @param targets what it is to be called, all of one repository: a tag each, or a digest, which
 *     then must be that of what is pushed; as a rule just the image's own name
 * @param platform of the one manifest that is pushed out of a multi-platform index; null: the index
 *     with every platform in it, all of which must be here. An image without index is pushed as it
 *     is, but not when it is for another platform
 * @param credentials for the registry of the targets
 */
public record PushOrder(
        String image,
        List<ImageReference> targets,
        @Nullable Platform platform,
        Credentials credentials) {

    /**
     * @throws InvalidArgumentException when there is no target, or they are of several repositories
     */
    public PushOrder {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new InvalidArgumentException("image " + image + " is pushed to no target");
        }
        String repository = targets.getFirst().name();
        for (ImageReference target : targets) {
            if (!target.name().equals(repository)) {
                throw new InvalidArgumentException(
                        "one push goes to one repository, not to "
                                + repository
                                + " and "
                                + target.name());
            }
        }
    }
}
