package io.gantry.image.registry;

/** How a blob came to be in the repository that it was pushed to. */
public sealed interface BlobOutcome {

    /** It was there. */
    record Existed() implements BlobOutcome {}

    /**
     * The registry took it over from another of its repositories.
     *
     * @param repository that one
     */
    record Mounted(String repository) implements BlobOutcome {}

    /** It was sent. */
    record Uploaded() implements BlobOutcome {}
}
