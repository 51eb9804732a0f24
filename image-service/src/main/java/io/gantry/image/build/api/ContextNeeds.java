package io.gantry.image.build.api;

import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What of its contexts a build seems to need, before anything is known of its base images: their
 * triggers and variables may want more, which {@link BuildContext#complete} then fetches.
 */
@FunctionalInterface
public interface ContextNeeds {

    /** All of every context. */
    ContextNeeds EVERYTHING = (_, _) -> _ -> true;

    /** Nothing of any. */
    ContextNeeds NOTHING = (_, _) -> _ -> false;

    /**
     * The files of one context.
     *
     * @param context its name; empty: the build's own
     * @param entries all that is in it, contents not counted; asked for at most once
     * @return takes the paths of regular files
     */
    Predicate<String> of(String context, Supplier<SortedMap<String, BuildContext.Entry>> entries);
}
