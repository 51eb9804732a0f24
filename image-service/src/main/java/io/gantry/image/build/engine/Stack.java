package io.gantry.image.build.engine;

import io.gantry.image.build.api.BaseImages;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of a stage at one moment.
 *
 * @param entries lowest first
 */
record Stack(List<Entry> entries) {

    static final Stack EMPTY = new Stack(List.of());

    Stack {
        entries = List.copyOf(entries);
    }

    /**
     * A layer.
     *
     * @param layer by its name in the snapshotter
     * @param base when it is of a base image
     */
    record Entry(Digest layer, Optional<OfBase> base) {}

    /** A layer of a base image as that has it. */
    record OfBase(Descriptor blob, Digest diffId) {}

    static Stack of(BaseImages.Base image) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < image.chainIds().size(); i++) {
            OfBase base = new OfBase(image.layers().get(i), image.diffIds().get(i));
            entries.add(new Entry(image.chainIds().get(i), Optional.of(base)));
        }
        return new Stack(entries);
    }

    Stack plus(Digest layer) {
        List<Entry> more = new ArrayList<>(entries);
        more.add(new Entry(layer, Optional.empty()));
        return new Stack(more);
    }

    List<Digest> layers() {
        return entries.stream().map(Entry::layer).toList();
    }

    /** Equal for equal files; a base image counts by what it contains, not by its name. */
    Digest identity() {
        return new StepKey("stack").addAll(layers()).done();
    }
}
