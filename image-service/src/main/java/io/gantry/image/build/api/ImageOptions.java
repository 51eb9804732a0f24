package io.gantry.image.build.api;

import io.gantry.image.reference.ImageReference;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the image of a build is written.
 *
 * @param names it gets, with a tag each; others lose them
 * @param labels added to those of the Dockerfile, which they go before
 * @param annotations of manifest and index
 * @param format of manifest, configuration and layers
 * @param packing of the layers that the build makes; those of the base stay as they are
 * @param sourceDate in place of the time of the build; no file of a layer that the build makes is
 *     younger when {@code rewritesTimes}
 * @param rewritesTimes whether times of files are clamped to {@code sourceDate}
 * @param attest what is attested of it
 */
public record ImageOptions(
        List<ImageReference> names,
        Map<String, String> labels,
        Map<String, String> annotations,
        Format format,
        Packing packing,
        Optional<Instant> sourceDate,
        boolean rewritesTimes,
        Attest attest) {

    public ImageOptions {
        names = List.copyOf(names);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /** With nothing attested. */
    public ImageOptions(
            List<ImageReference> names,
            Map<String, String> labels,
            Map<String, String> annotations,
            Format format,
            Packing packing,
            Optional<Instant> sourceDate,
            boolean rewritesTimes) {
        this(
                names,
                labels,
                annotations,
                format,
                packing,
                sourceDate,
                rewritesTimes,
                Attest.NOTHING);
    }

    /** No name, OCI, gzip. */
    public static ImageOptions defaults() {
        return new ImageOptions(
                List.of(), Map.of(), Map.of(), Format.OCI, Packing.gzip(), Optional.empty(), false);
    }

    /** The same with names. */
    public ImageOptions named(List<ImageReference> others) {
        return new ImageOptions(
                others, labels, annotations, format, packing, sourceDate, rewritesTimes, attest);
    }

    /** The same with a date. */
    public ImageOptions dated(Instant date) {
        return new ImageOptions(
                names,
                labels,
                annotations,
                format,
                packing,
                Optional.of(date),
                rewritesTimes,
                attest);
    }

    /**
     * What is attested of an image.
     *
     * @param packages whether those in it are
     */
    public record Attest(boolean packages, Provenance provenance) {

        /** No attestation. */
        public static final Attest NOTHING = new Attest(false, Provenance.NONE);

        /** Whether there is something. */
        public boolean isAny() {
            return packages || provenance != Provenance.NONE;
        }
    }

    /** How much is told of how an image was made. */
    public enum Provenance {
        NONE,
        /** What it was made from, and when. */
        MIN,
        /** Besides, the Dockerfile and the build arguments. */
        MAX
    }

    /** Whose media types documents have. */
    public enum Format {
        OCI,
        DOCKER
    }

    /** How layers are compressed. */
    public enum Algorithm {
        NONE,
        GZIP,
        /** OCI only. */
        ZSTD
    }

    /**
     * Compression of layers.
     *
     * @param level of the algorithm; empty: its default
     */
    public record Packing(Algorithm algorithm, Optional<Integer> level) {

        /** Gzip at its default level. */
        public static Packing gzip() {
            return new Packing(Algorithm.GZIP, Optional.empty());
        }
    }
}
