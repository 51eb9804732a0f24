package io.gantry.runtime.oci;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The OCI runtimes that clients may ask for; others while the daemon runs. Thread-safe. */
public final class OciHandlers {

    private volatile Map<String, OciHandler> byName;

    public OciHandlers(Collection<OciHandler> handlers) {
        this.byName = byName(handlers);
    }

    /** Takes others in place of those there are. */
    public void use(Collection<OciHandler> handlers) {
        byName = byName(handlers);
    }

    /** All, by name. */
    public List<OciHandler> list() {
        return List.copyOf(byName.values());
    }

    /**
     * The one of a name.
     *
     * @throws InvalidArgumentException when there is none, naming those there are
     */
    public OciHandler get(String name) {
        Map<String, OciHandler> known = byName;
        OciHandler handler = known.get(name);
        if (handler == null) {
            throw new InvalidArgumentException(
                    "runtime handler \""
                            + name
                            + "\" is not configured; there "
                            + (known.isEmpty()
                                    ? "is none but the default, \"\""
                                    : "are \"\", the default, "
                                            + known.keySet().stream()
                                                    .map(other -> "\"" + other + "\"")
                                                    .collect(Collectors.joining(", "))));
        }
        return handler;
    }

    private static Map<String, OciHandler> byName(Collection<OciHandler> handlers) {
        Map<String, OciHandler> map = new TreeMap<>();
        handlers.forEach(handler -> map.put(handler.name(), handler));
        return map;
    }
}
