package io.gantry.cli;

import java.util.Set;

/** Registries as people name them on a command line. */
final class RegistryName {

    private static final String DOCKER_HUB = "docker.io";

    private static final Set<String> DOCKER_HUBS =
            Set.of("", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com");

    private static final Set<String> PATHS = Set.of("", "/", "/v1", "/v1/", "/v2", "/v2/");

    private RegistryName() {}

    /** The registry of a host or URL as references have it; Docker Hub where none is named. */
    static String parse(String server) {
        int scheme = server.indexOf("://");
        if (scheme >= 0 && !Set.of("http", "https").contains(server.substring(0, scheme))) {
            throw new UsageException(server + " is no registry");
        }
        String rest = scheme < 0 ? server : server.substring(scheme + 3);
        int slash = rest.indexOf('/');
        String host = slash < 0 ? rest : rest.substring(0, slash);
        if (!PATHS.contains(slash < 0 ? "" : rest.substring(slash))) {
            throw new UsageException(
                    server + " is no registry: logins are for a host and all that is on it");
        }
        return DOCKER_HUBS.contains(host) ? DOCKER_HUB : host;
    }
}
