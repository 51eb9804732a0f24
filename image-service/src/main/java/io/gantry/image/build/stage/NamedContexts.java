package io.gantry.image.build.stage;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names of a build's additional contexts, which take the place of stages and images of these
 * names. A name may be for one platform only: {@code name::linux/arm64}.
 */
public record NamedContexts(Set<String> names) {

    private static final Set<String> NOT_TO_BE_REPLACED = Set.of("context", "scratch");

    public NamedContexts {
        names = Set.copyOf(names);
    }

    /** The context that stands for a stage or an image, if one does. */
    Optional<String> find(String name, Platform platform) {
        if (NOT_TO_BE_REPLACED.contains(name)) {
            return Optional.empty();
        }
        String familiar = familiar(name);
        return List.of(name + "::" + platform, familiar + "::" + platform, name, familiar).stream()
                .flatMap(it -> named(it).stream())
                .findFirst();
    }

    /** A context of this name, or of one that means the same image. */
    private Optional<String> named(String name) {
        return names.contains(name)
                ? Optional.of(name)
                : names.stream().filter(it -> familiar(it).equals(name)).findFirst();
    }

    /** As the short name without the tag that is the default. */
    private static String familiar(String name) {
        try {
            String familiar = ImageReference.parse(name).familiar();
            return familiar.endsWith(":latest")
                    ? familiar.substring(0, familiar.length() - ":latest".length())
                    : familiar;
        } catch (InvalidArgumentException _) {
            return name;
        }
    }
}
