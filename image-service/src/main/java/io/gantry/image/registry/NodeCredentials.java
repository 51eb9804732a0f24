package io.gantry.image.registry;

/**
 * The node's own credentials, for pulls that bring none and for mirrors, which are never shown
 * those of a pull. Asked once a host has refused to serve without. Thread-safe.
 */
@FunctionalInterface
public interface NodeCredentials {

    /** A node without any. */
    NodeCredentials NONE = (host, repository) -> Credentials.ANONYMOUS;

    /**
     * What to show a host.
     *
     * @param host with port if any, as a reference or {@code hosts.toml} has it; {@code docker.io}
     *     for Docker Hub
     * @param repository for which it is asked
     * @return {@link Credentials#ANONYMOUS} when there are none
     * @throws io.gantry.base.error.FailedPreconditionException when a file or a credential helper
     *     does not do its work
     */
    Credentials find(String host, String repository);

    /** Asks these first and then {@code others}. */
    default NodeCredentials or(NodeCredentials others) {
        return (host, repository) -> {
            Credentials own = find(host, repository);
            return own.isAnonymous() ? others.find(host, repository) : own;
        };
    }
}
