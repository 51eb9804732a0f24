package io.gantry.image.build.api;

import java.io.OutputStream;
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
 * @param cache takes the archive of a cache, if one is wanted; is not closed
 */
public record BuildInputs(
        NamedContext context,
        Map<String, NamedContext> named,
        ClientOffers offers,
        OutputStream cache) {

    public BuildInputs {
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    /** Without an archive of a cache. */
    public BuildInputs(NamedContext context, Map<String, NamedContext> named, ClientOffers offers) {
        this(context, named, offers, OutputStream.nullOutputStream());
    }

    /** With a context of files. */
    public BuildInputs(BuildContext context, Map<String, NamedContext> named, ClientOffers offers) {
        this(new NamedContext.Files(context), named, offers);
    }

    /** The same with an archive of a cache. */
    public BuildInputs caching(OutputStream archive) {
        return new BuildInputs(context, named, offers, archive);
    }

    /** A context and nothing else. */
    public static BuildInputs of(BuildContext context) {
        return new BuildInputs(context, Map.of(), ClientOffers.NOTHING);
    }
}
