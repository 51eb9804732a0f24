package io.gantry.image.build.tree;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** A tree that files are taken from. Used by one thread. */
public interface SourceTree extends AutoCloseable {

    /**
     * What is at a path, links in front of its last component followed.
     *
     * @param follow whether its last component is, too; the path of what is found is without links
     * @return empty when there is nothing
     */
    Optional<Node> find(String path, boolean follow) throws IOException;

    /** What is in a directory, by name. */
    List<Node> children(Node directory) throws IOException;

    /** The hash of what a regular file holds. */
    Digest content(Node file) throws IOException;

    /** Extended attributes that a copy keeps, by name. */
    SortedMap<String, byte[]> attributes(Node node) throws IOException;

    /** Opens a regular file to be read; the caller closes the descriptor. */
    int open(Node file) throws IOException;

    @Override
    void close() throws IOException;
}
