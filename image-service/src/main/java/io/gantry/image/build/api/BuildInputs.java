package io.gantry.image.build.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a build works on.
 *
 * @param context of the build
 * @param named additional contexts by name; a name may be for one platform only: {@code
 *     name::linux/arm64}
 * @param offers what the client has to give when it is needed
 */
public record BuildInputs(
        NamedContext context, Map<String, NamedContext> named, ClientOffers offers) {

    public BuildInputs {
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    /** With a context of files. */
    public BuildInputs(BuildContext context, Map<String, NamedContext> named, ClientOffers offers) {
        this(new NamedContext.Files(context), named, offers);
    }

    /** A context and nothing else. */
    public static BuildInputs of(BuildContext context) {
        return new BuildInputs(context, Map.of(), ClientOffers.NOTHING);
    }
}
