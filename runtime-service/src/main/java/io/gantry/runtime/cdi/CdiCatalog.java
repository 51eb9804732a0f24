package io.gantry.runtime.cdi;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnimplementedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The devices of a node. One that is described in several directories is that of the last of them;
 * one that several files of a directory describe is none, for nobody can tell which is meant.
 */
public final class CdiCatalog {

    private static final String PREFIX = "cdi.k8s.io/";

    private final Map<CdiName, CdiSpec> devices = new LinkedHashMap<>();
    private final Map<CdiName, List<String>> conflicts = new LinkedHashMap<>();
    private final List<String> failures;

    /**
     * Of what was read.
     *
     * @param directories descriptions by their directories, of which later ones take precedence
     * @param failures why files could not be read, for messages about devices that are missing
     */
    public CdiCatalog(List<List<CdiSpec>> directories, List<String> failures) {
        this.failures = List.copyOf(failures);
        directories.forEach(this::add);
    }

    private void add(List<CdiSpec> directory) {
        Map<CdiName, List<CdiSpec>> found = new LinkedHashMap<>();
        for (CdiSpec spec : directory) {
            for (String device : spec.devices().keySet()) {
                found.computeIfAbsent(new CdiName(spec.kind(), device), _ -> new ArrayList<>())
                        .add(spec);
            }
        }
        found.forEach(
                (name, specs) -> {
                    devices.put(name, specs.getFirst());
                    conflicts.remove(name);
                    if (specs.size() > 1) {
                        conflicts.put(name, specs.stream().map(CdiSpec::file).toList());
                    }
                });
    }

    /**
     * Names of the devices that a container asks for: those of the CRI's field, then those of its
     * annotations, each once.
     *
     * @throws InvalidArgumentException quoting what is no name of a device
     */
    public static List<CdiName> asked(Collection<String> field, Map<String, String> annotations) {
        Set<CdiName> names = new LinkedHashSet<>();
        field.forEach(name -> names.add(CdiName.parse(name)));
        new TreeMap<>(annotations)
                .forEach(
                        (key, value) -> {
                            if (key.startsWith(PREFIX)) {
                                for (String name : value.split(",", -1)) {
                                    names.add(CdiName.parse(name));
                                }
                            }
                        });
        return List.copyOf(names);
    }

    /**
     * All that these devices ask for, in their order; what a file asks for with any of its devices
     * comes before the first of these.
     *
     * @param hooks whether an OCI runtime is there to run them
     * @throws InvalidArgumentException naming devices that are not there or are ambiguous
     * @throws UnimplementedException naming a device that asks for what Gantry cannot do
     */
    public ContainerEdits edits(List<CdiName> names, boolean hooks) {
        requireKnown(names);
        ContainerEdits all = ContainerEdits.NONE;
        Set<String> begun = new LinkedHashSet<>();
        for (CdiName name : names) {
            CdiSpec spec = spec(name);
            ContainerEdits own = ContainerEdits.NONE;
            if (begun.add(spec.file())) {
                own = spec.edits();
            }
            own = own.and(spec.devices().getOrDefault(name.device(), ContainerEdits.NONE));
            refuseUnsupported(name, spec.file(), own, hooks);
            all = all.and(own);
        }
        return all;
    }

    private static void refuseUnsupported(
            CdiName name, String file, ContainerEdits edits, boolean hooks) {
        if (!edits.unsupported().isEmpty()) {
            throw new UnimplementedException(
                    "CDI device %s of %s asks for what is not supported: %s"
                            .formatted(name, file, String.join(", ", edits.unsupported())));
        }
        if (!hooks && !edits.hooks().isEmpty()) {
            throw new UnimplementedException(
                    "CDI device %s of %s has hooks, which only OCI runtimes run: the pod needs a"
                                    .formatted(name, file)
                            + " runtime handler that is one");
        }
    }

    private CdiSpec spec(CdiName name) {
        CdiSpec spec = devices.get(name);
        if (spec == null) {
            throw new InvalidArgumentException("unknown CDI device " + name);
        }
        return spec;
    }

    private void requireKnown(List<CdiName> names) {
        List<CdiName> unknown = names.stream().filter(name -> !devices.containsKey(name)).toList();
        if (!unknown.isEmpty()) {
            String devicesText =
                    String.join(", ", unknown.stream().map(CdiName::toString).toList());
            String reasons = failures.isEmpty() ? "" : "; not read: " + String.join("; ", failures);
            throw new InvalidArgumentException("unknown CDI devices: " + devicesText + reasons);
        }
        for (CdiName name : names) {
            List<String> files = conflicts.get(name);
            if (files != null) {
                throw new InvalidArgumentException(
                        "CDI device "
                                + name
                                + " is described by more than one file: "
                                + String.join(", ", files));
            }
        }
    }
}
