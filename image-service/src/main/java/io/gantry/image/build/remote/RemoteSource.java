package io.gantry.image.build.remote;

import io.gantry.base.error.InvalidArgumentException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Where something is that is not on this node. */
public sealed interface RemoteSource {

    /** A file of a web server. */
    record Web(URI url) implements RemoteSource {

        /** The last element of its path; empty when that ends with a slash. */
        public String name() {
            String path = url.getPath() == null ? "" : url.getPath();
            String name = path.substring(path.lastIndexOf('/') + 1);
            return name.equals(".") || name.equals("..") ? "" : name;
        }
    }

    /** A tree of a git repository. */
    record Git(GitAddress address) implements RemoteSource {}

    /**
     * Reads an address as it is written in a Dockerfile or on a command line.
     *
     * @return empty when it is none, but a path
     * @throws InvalidArgumentException when it is one and cannot be understood
     */
    static Optional<RemoteSource> parse(String text) {
        Optional<GitAddress> git = GitAddress.parse(text);
        if (git.isPresent()) {
            return Optional.of(new Git(git.get()));
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.startsWith("http://") && !lower.startsWith("https://")) {
            return Optional.empty();
        }
        try {
            URI url = new URI(text);
            if (url.getHost() == null) {
                throw new InvalidArgumentException("invalid URL '" + text + "': it has no host");
            }
            return Optional.of(new Web(url));
        } catch (URISyntaxException e) {
            throw new InvalidArgumentException("invalid URL '" + text + "': " + e.getReason(), e);
        }
    }
}
