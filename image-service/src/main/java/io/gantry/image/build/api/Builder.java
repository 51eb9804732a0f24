package io.gantry.image.build.api;

import io.gantry.base.Deadline;
import io.gantry.image.content.Digest;
import java.io.OutputStream;
import java.util.Set;

/** Makes images from Dockerfiles. Thread-safe; builds that are alike share their work. */
public interface Builder extends AutoCloseable {

    /**
     * Builds and records the image in the store. Whatever happens, nothing of a failed build is
     * left but results of steps that were finished, which the next build takes up.
     *
     * @param inputs stay open, unchanged, until the call returns; the caller closes them
     * @param progress is told from several threads, one at a time, and before the call returns
     * @throws io.gantry.image.build.source.DockerfileException when the file breaks the rules, with
     *     its place
     * @throws BuildFailedException when a step does not succeed, with the place of its instruction
     * @throws io.gantry.base.error.NotFoundException when a base image, a stage or a source is not
     *     there
     * @throws io.gantry.base.error.UnimplementedException when commands for another platform would
     *     have to be executed, or a kind of source is not supported
     * @throws io.gantry.base.error.ResourceExhaustedException when the disk is full
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted
     */
    BuildResult build(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline);

    /**
     * Builds, and writes the files of the target as a tar archive instead of making an image. With
     * several platforms, those of each are in a directory of its name, as {@code linux_arm64}.
     * Names and what else is said of the image are of no effect.
     *
     * @param archive is not closed
     * @throws RuntimeException as {@link #build} does
     */
    void export(
            BuildRequest request,
            BuildInputs inputs,
            BuildProgress progress,
            OutputStream archive,
            Deadline deadline);

    /**
     * Builds nothing, but tells what is hardly meant, as {@link BuildProgress.Warning}. Base images
     * are looked at where they are here already.
     *
     * @throws RuntimeException as {@link #build} does
     */
    void check(BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline);

    /**
     * What of the client's files a build seems to need.
     *
     * @param contexts names of the additional ones
     */
    ContextNeeds needs(BuildRequest request, Set<String> contexts);

    /** Keeps layers, those of them that are there. */
    KeptLayers keep(Set<Digest> layers);

    /** What the results of earlier builds take up, and which of them may go. */
    BuildCache cache();

    /** Ends threads and connections; no build is running then. */
    @Override
    void close();
}
