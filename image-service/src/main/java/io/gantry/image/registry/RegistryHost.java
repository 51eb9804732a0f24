package io.gantry.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One host that serves a registry's images: a mirror, or the registry itself.
 *
 * @param api URL under which repositories are, without a slash at its end; as a rule {@code
 *     https://host/v2}
 * @param capabilities what it is asked for
 * @param headers sent with each request to it
 * @param connect how to connect to it
 * @param isOrigin whether it is the registry itself rather than a mirror: only then is it shown the
 *     registry's credentials, and is its word final
 * @param namespace the registry whose name differs from the host's, sent as {@code ns}; may be
 *     empty
 */
record RegistryHost(
        URI api,
        Set<Capability> capabilities,
        Map<String, List<String>> headers,
        Connect connect,
        boolean isOrigin,
        String namespace) {

    RegistryHost {
        capabilities = Set.copyOf(capabilities);
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** What a host may be asked for. */
    enum Capability {
        PULL,
        RESOLVE,
        PUSH,
        /** The account of what refers to a manifest. */
        REFERRERS
    }

    /** How a connection is made. */
    record Connect(TlsSettings tls, Duration dialTimeout) {
        static final Duration DIAL_TIMEOUT = Duration.ofSeconds(30);
    }

    /**
     * Whether it is asked by https on the chance only: a loopback address that nobody configured.
     */
    boolean isUncertainOfTls() {
        return api.getScheme().equals("https")
                && Loopback.isLoopback(api.getHost())
                && connect.tls().equals(TlsSettings.UNVERIFIED);
    }

    /** Host and port, for messages. */
    String name() {
        return api.getRawAuthority();
    }

    /** The URL of {@code path} below a repository. */
    URI url(String repository, String path) {
        String query = namespace.isEmpty() ? "" : "?ns=" + namespace;
        return URI.create(api + "/" + repository + path + query);
    }
}
