package io.gantry.cri.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What differs between two configurations. */
public final class ConfigChanges {

    /**
     * All keys but those of the log, of hosts, credentials, networks and handlers, which change at
     * once.
     */
    private static final Map<String, Function<CriServerConfig, Object>> FIXED = fixed();

    private ConfigChanges() {}

    private static Map<String, Function<CriServerConfig, Object>> fixed() {
        Map<String, Function<CriServerConfig, Object>> keys = new LinkedHashMap<>();
        keys.put("root", CriServerConfig::root);
        keys.put("state", CriServerConfig::state);
        keys.put("socket", CriServerConfig::socket);
        keys.put(
                "registry.signature_policy",
                config -> String.valueOf(config.registry().signaturePolicy()));
        keys.put("registry's limits", config -> config.registry().transfers());
        keys.put("image", CriServerConfig::image);
        keys.put("runtime", CriServerConfig::runtime);
        keys.put("streaming", CriServerConfig::streaming);
        keys.put("metrics", CriServerConfig::metrics);
        keys.put("build", CriServerConfig::build);
        keys.put("cadvisor", config -> String.valueOf(config.cadvisor().socket()));
        return Collections.unmodifiableMap(keys);
    }

    /** The keys, or tables, that differ and that a running daemon cannot change. */
    public static List<String> thatNeedARestart(CriServerConfig now, CriServerConfig next) {
        List<String> changed = new ArrayList<>();
        FIXED.forEach(
                (key, value) -> {
                    if (!value.apply(now).equals(value.apply(next))) {
                        changed.add(key);
                    }
                });
        return List.copyOf(changed);
    }
}
