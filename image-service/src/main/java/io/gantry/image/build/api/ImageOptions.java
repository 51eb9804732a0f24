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
     * How layers are packed: by the fastest of the machine, unless the image has a date. Then it is
     * to be the same wherever it is built.
     */
    public Packing layerPacking() {
        return sourceDate.isPresent() && packing.equals(Packing.gzip())
                ? new Packing(Algorithm.GZIP, Optional.of(Packing.REPRODUCIBLE_GZIP_LEVEL))
                : packing;
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
     * @param level of the algorithm; empty: its default. Gzip of a level makes the same bytes on
     *     every machine; without one, it may be by a faster library that does not.
     */
    public record Packing(Algorithm algorithm, Optional<Integer> level) {

        /** The level of gzip where none is given and the bytes are to be the same everywhere. */
        public static final int REPRODUCIBLE_GZIP_LEVEL = 4;

        /** Gzip, as fast as the machine can. */
        public static Packing gzip() {
            return new Packing(Algorithm.GZIP, Optional.empty());
        }
    }
}
