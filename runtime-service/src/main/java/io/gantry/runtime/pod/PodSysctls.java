package io.gantry.runtime.pod;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Kernel parameters that a pod asks for. Each has to belong to a namespace of the pod's own
 * (namespaces(7)), for any other would be the host's.
 *
 * @param values by name, with dots between the elements and slashes for dots within one
 */
public record PodSysctls(Map<String, String> values) {

    private static final String FIELD = "config.linux.sysctls has \"";

    /** Those of an IPC namespace, with all of fs.mqueue. */
    private static final Set<String> IPC =
            Set.of(
                    "kernel.msgmax",
                    "kernel.msgmnb",
                    "kernel.msgmni",
                    "kernel.sem",
                    "kernel.shmall",
                    "kernel.shmmax",
                    "kernel.shmmni",
                    "kernel.shm_rmid_forced");

    public PodSysctls {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * Those of a pod in such namespaces.
     *
     * @param asked names have dots or slashes between their elements (sysctl(8))
     * @throws InvalidArgumentException naming one that is none, has no value, or is the host's
     */
    public static PodSysctls of(Map<String, String> asked, NamespaceOptions namespaces) {
        Map<String, String> values = new LinkedHashMap<>();
        asked.forEach(
                (name, value) -> {
                    String dotted = dotted(name);
                    check(name, dotted, namespaces);
                    if (value.isBlank() || value.indexOf('\0') >= 0) {
                        throw refused(name, "its value is empty or holds a NUL");
                    }
                    if (values.put(dotted, value) != null) {
                        throw refused(name, "it is there twice, with dots and with slashes");
                    }
                });
        return new PodSysctls(values);
    }

    private static void check(String name, String dotted, NamespaceOptions namespaces) {
        boolean ipc = IPC.contains(dotted) || dotted.startsWith("fs.mqueue.");
        boolean network = dotted.startsWith("net.");
        if (ipc && namespaces.ipc() == NamespaceMode.NODE) {
            throw refused(name, "the pod is in the IPC namespace of the host");
        }
        if (network && namespaces.hostNetwork()) {
            throw refused(name, "the pod is in the network namespace of the host");
        }
        if (dotted.equals("kernel.hostname")) {
            throw refused(name, "the name of a pod is its hostname");
        }
        boolean uts = dotted.equals("kernel.domainname");
        if (uts && namespaces.hostNetwork()) {
            throw refused(name, "the pod is in the UTS namespace of the host");
        }
        if (!ipc && !network && !uts) {
            throw refused(name, "it belongs to no namespace of a pod, but to the whole host");
        }
    }

    /** The separator is what comes first; the other one then is part of an element. */
    private static String dotted(String name) {
        int dot = name.indexOf('.');
        int slash = name.indexOf('/');
        boolean slashes = slash >= 0 && (dot < 0 || slash < dot);
        List<String> elements = Arrays.asList(name.split(slashes ? "/" : "\\.", -1));
        if (elements.contains("") || elements.contains("..") || name.indexOf('\0') >= 0) {
            throw refused(name.replace("\0", "\\0"), "it is no name of a kernel parameter");
        }
        return slashes
                ? String.join(".", elements.stream().map(each -> each.replace('.', '/')).toList())
                : name;
    }

    private static InvalidArgumentException refused(String name, String why) {
        return new InvalidArgumentException(FIELD + name + "\": " + why);
    }
}
