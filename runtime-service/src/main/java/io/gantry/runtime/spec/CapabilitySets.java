package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.runtime.container.CapabilityChanges;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which capabilities a process gets (capabilities(7)). */
final class CapabilitySets {

    private static final String ALL = "ALL";

    private CapabilitySets() {}

    /** Every capability; what the daemon itself lacks is left out when a process is started. */
    static Capabilities all() {
        List<String> all = CapabilityNames.all();
        return new Capabilities(all, all, List.of(), all, List.of());
    }

    /**
     * The defaults with changes: ALL first, then single ones, drops last.
     *
     * @throws InvalidArgumentException naming a capability that Linux does not have
     */
    static Capabilities of(CapabilityChanges changes) {
        Set<String> names = new LinkedHashSet<>(CapabilityNames.defaults());
        if (hasAll(changes.add())) {
            names = new LinkedHashSet<>(CapabilityNames.all());
        }
        if (hasAll(changes.drop())) {
            names.clear();
        }
        names.addAll(singles("add_capabilities", changes.add()));
        names.removeAll(singles("drop_capabilities", changes.drop()));
        Set<String> ambient =
                hasAll(changes.addAmbient())
                        ? new LinkedHashSet<>(CapabilityNames.all())
                        : new LinkedHashSet<>(
                                singles("add_ambient_capabilities", changes.addAmbient()));
        names.addAll(ambient);
        List<String> held = CapabilityNames.all().stream().filter(names::contains).toList();
        List<String> kept = CapabilityNames.all().stream().filter(ambient::contains).toList();
        // An ambient capability has to be inheritable; no other needs to be.
        return new Capabilities(held, held, kept, held, kept);
    }

    private static boolean hasAll(List<String> names) {
        return names.stream().anyMatch(ALL::equalsIgnoreCase);
    }

    private static List<String> singles(String field, List<String> names) {
        return names.stream()
                .filter(name -> !name.equalsIgnoreCase(ALL))
                .map(name -> canonical(field, name))
                .toList();
    }

    private static String canonical(String field, String name) {
        try {
            return CapabilityNames.canonical(name);
        } catch (InvalidArgumentException e) {
            throw new InvalidArgumentException("capabilities." + field + ": " + e.getMessage(), e);
        }
    }
}
