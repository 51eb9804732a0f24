package io.gantry.image.build.stage;

import io.gantry.image.reference.ImageReference;

/** Where a stage begins, or where its files and mounts come from. */
public sealed interface Source {

    /** Nothing. */
    record Scratch() implements Source {}

    /** A stage of the file, by its index. */
    record OfStage(int index) implements Source {}

    /** A named context of the build. */
    record OfContext(String name) implements Source {}

    /** An image of a registry or the store. */
    record OfImage(ImageReference reference) implements Source {}
}
