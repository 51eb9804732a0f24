package io.gantry.image.registry;

import java.util.LinkedHashMap;
import java.util.Map;

/** Credentials that the daemon's configuration holds, by host or by host and path. */
public final class ConfiguredCredentials implements NodeCredentials {

    private final Map<String, Credentials> byKey;

    /**
     * @param byKey as {@code registry.example:5000} or {@code registry.example/team}
     */
    public ConfiguredCredentials(Map<String, Credentials> byKey) {
        this.byKey = new LinkedHashMap<>(byKey);
    }

    @Override
    public Credentials find(String host, String repository) {
        return CredentialKeys.find(byKey, host, repository).orElse(Credentials.ANONYMOUS);
    }
}
