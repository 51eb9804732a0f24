package io.gantry.image.build.api;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.manifest.Platform;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be built.
 *
 * @param file the Dockerfile
 * @param target name or index of the stage; empty: the last one
 * @param arguments values of ARGs by name; what a client gives without a value it resolves or
 *     leaves out
 * @param platforms that images are for, each once; empty: this node's
 * @param image how the image is written
 * @param cache what earlier results may be used
 * @param run how commands are executed
 */
public record BuildRequest(
        File file,
        Optional<String> target,
        Map<String, String> arguments,
        List<Platform> platforms,
        ImageOptions image,
        CacheOptions cache,
        RunOptions run) {

    public BuildRequest {
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
        platforms = platforms.stream().distinct().toList();
    }

    /** A build of a Dockerfile and nothing special. */
    public static BuildRequest of(String name, String text) {
        return new BuildRequest(
                new File(name, text),
                Optional.empty(),
                Map.of(),
                List.of(),
                ImageOptions.defaults(),
                CacheOptions.defaults(),
                RunOptions.defaults());
    }

    /** The same with a date, and with SOURCE_DATE_EPOCH as that; empty: without one. */
    public BuildRequest dated(Optional<Instant> date) {
        Map<String, String> changed = new LinkedHashMap<>(arguments);
        changed.put(
                "SOURCE_DATE_EPOCH", date.map(it -> Long.toString(it.getEpochSecond())).orElse(""));
        ImageOptions dated = date.map(image::dated).orElse(image);
        return new BuildRequest(file, target, changed, platforms, dated, cache, run);
    }

    /**
     * A Dockerfile.
     *
     * @param name as the user names it, for messages
     * @param text all of it; empty: that of the file of this name in the build's own context, if
     *     that is remote
     * @param ignored what the context does not have for the sake of an ignore file
     */
    public record File(String name, String text, IgnoreRules ignored) {

        /** With nothing ignored. */
        public File(String name, String text) {
            this(name, text, IgnoreRules.none());
        }
    }

    /**
     * What of earlier results is used.
     *
     * @param noCache whether nothing is, in any stage
     * @param noCacheStages names of stages in which nothing is
     * @param pull whether base images are looked up in their registries although they are here
     * @param from where further results come from; one that is not there is told of, no more
     * @param to where the results go
     */
    public record CacheOptions(
            boolean noCache,
            Set<String> noCacheStages,
            boolean pull,
            List<CacheFrom> from,
            List<CacheTo> to) {
        public CacheOptions {
            noCacheStages = Set.copyOf(noCacheStages);
            from = List.copyOf(from);
            to = List.copyOf(to);
        }

        /** With results of this node only. */
        public CacheOptions(boolean noCache, Set<String> noCacheStages, boolean pull) {
            this(noCache, noCacheStages, pull, List.of(), List.of());
        }

        /** Everything, and base images as they are here. */
        public static CacheOptions defaults() {
            return new CacheOptions(false, Set.of(), false);
        }
    }
}
