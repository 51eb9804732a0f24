package io.gantry.image.build.dockerfile;

import java.util.List;
import java.util.Optional;

/**
 * What COPY and ADD have in common.
 *
 * @param sources paths, patterns, and for ADD addresses
 * @param documents heredocs among the sources
 * @param destination a trailing slash is significant
 * @param chown {@code user[:group]}, by name or number
 * @param chmod as {@link FileModes} reads it
 * @param link whether the files become a layer of their own that knows nothing of those below
 * @param excludes patterns, relative to the root of the source
 */
public record Transfer(
        List<String> sources,
        List<Document> documents,
        String destination,
        Optional<String> chown,
        Optional<String> chmod,
        boolean link,
        List<String> excludes) {

    public Transfer {
        sources = List.copyOf(sources);
        documents = List.copyOf(documents);
        excludes = List.copyOf(excludes);
    }

    /**
     * A file whose content the Dockerfile has.
     *
     * @param name of the file
     * @param expands whether variables in its content are expanded
     */
    public record Document(String name, String content, boolean expands) {}
}
