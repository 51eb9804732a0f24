package io.gantry.image.registry;

import io.gantry.image.reference.ImageReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Under which keys credentials of a registry are filed: {@code host[:port]}, or with a path for a
 * part of its repositories, or as a URL. The longest that fits counts.
 */
final class CredentialKeys {

    /** Docker's name for its hub, in files and to credential helpers. */
    static final String DOCKER_HUB_URL = "https://index.docker.io/v1/";

    private static final Set<String> DOCKER_HUB_HOSTS =
            Set.of(ImageReference.DOCKER_HUB, "index.docker.io", "registry-1.docker.io");

    private CredentialKeys() {}

    /** The value of the longest key that fits. */
    static <V> Optional<V> find(Map<String, V> values, String host, String repository) {
        String wanted = plain(host);
        for (String prefix : prefixes(wanted, repository)) {
            for (Map.Entry<String, V> entry : values.entrySet()) {
                if (plain(entry.getKey()).equals(prefix)) {
                    return Optional.of(entry.getValue());
                }
            }
        }
        return Optional.empty();
    }

    /** How a credential helper is asked for a host. */
    static String serverUrl(String host) {
        return DOCKER_HUB_HOSTS.contains(host) ? DOCKER_HUB_URL : host;
    }

    private static List<String> prefixes(String host, String repository) {
        List<String> prefixes = new ArrayList<>();
        String prefix = host + "/" + repository;
        while (prefix.length() > host.length()) {
            prefixes.add(prefix);
            prefix = prefix.substring(0, prefix.lastIndexOf('/'));
        }
        prefixes.add(host);
        return prefixes;
    }

    /** Without scheme and API version; Docker Hub by one name. */
    private static String plain(String key) {
        int scheme = key.indexOf("://");
        String rest = scheme < 0 ? key : key.substring(scheme + 3);
        while (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        if (rest.endsWith("/v1") || rest.endsWith("/v2")) {
            rest = rest.substring(0, rest.length() - 3);
        }
        int slash = rest.indexOf('/');
        String host = slash < 0 ? rest : rest.substring(0, slash);
        String path = slash < 0 ? "" : rest.substring(slash);
        return (DOCKER_HUB_HOSTS.contains(host) ? ImageReference.DOCKER_HUB : host) + path;
    }
}
