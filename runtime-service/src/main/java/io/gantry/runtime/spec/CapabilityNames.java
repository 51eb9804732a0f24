package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.runtime.container.CapabilityChanges;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Which capabilities a process gets (capabilities(7)). */
final class CapabilityNames {

    private static final String PREFIX = "CAP_";
    private static final String ALL_NAME = "ALL";

    /** All that Linux has, by number. */
    static final List<String> ALL =
            List.of(
                    "CAP_CHOWN",
                    "CAP_DAC_OVERRIDE",
                    "CAP_DAC_READ_SEARCH",
                    "CAP_FOWNER",
                    "CAP_FSETID",
                    "CAP_KILL",
                    "CAP_SETGID",
                    "CAP_SETUID",
                    "CAP_SETPCAP",
                    "CAP_LINUX_IMMUTABLE",
                    "CAP_NET_BIND_SERVICE",
                    "CAP_NET_BROADCAST",
                    "CAP_NET_ADMIN",
                    "CAP_NET_RAW",
                    "CAP_IPC_LOCK",
                    "CAP_IPC_OWNER",
                    "CAP_SYS_MODULE",
                    "CAP_SYS_RAWIO",
                    "CAP_SYS_CHROOT",
                    "CAP_SYS_PTRACE",
                    "CAP_SYS_PACCT",
                    "CAP_SYS_ADMIN",
                    "CAP_SYS_BOOT",
                    "CAP_SYS_NICE",
                    "CAP_SYS_RESOURCE",
                    "CAP_SYS_TIME",
                    "CAP_SYS_TTY_CONFIG",
                    "CAP_MKNOD",
                    "CAP_LEASE",
                    "CAP_AUDIT_WRITE",
                    "CAP_AUDIT_CONTROL",
                    "CAP_SETFCAP",
                    "CAP_MAC_OVERRIDE",
                    "CAP_MAC_ADMIN",
                    "CAP_SYSLOG",
                    "CAP_WAKE_ALARM",
                    "CAP_BLOCK_SUSPEND",
                    "CAP_AUDIT_READ",
                    "CAP_PERFMON",
                    "CAP_BPF",
                    "CAP_CHECKPOINT_RESTORE");

    /** What a container gets that says nothing: as of Docker and containerd. */
    static final List<String> DEFAULTS =
            List.of(
                    "CAP_CHOWN",
                    "CAP_DAC_OVERRIDE",
                    "CAP_FSETID",
                    "CAP_FOWNER",
                    "CAP_MKNOD",
                    "CAP_NET_RAW",
                    "CAP_SETGID",
                    "CAP_SETUID",
                    "CAP_SETFCAP",
                    "CAP_SETPCAP",
                    "CAP_NET_BIND_SERVICE",
                    "CAP_SYS_CHROOT",
                    "CAP_KILL",
                    "CAP_AUDIT_WRITE");

    private CapabilityNames() {}

    /** Every capability; what the daemon itself lacks is left out when a process is started. */
    static Capabilities all() {
        return new Capabilities(ALL, ALL, List.of(), ALL, List.of());
    }

    /**
     * The defaults with changes: ALL first, then single ones, drops last.
     *
     * @throws InvalidArgumentException naming a capability that Linux does not have
     */
    static Capabilities of(CapabilityChanges changes) {
        Set<String> names = new LinkedHashSet<>(DEFAULTS);
        if (hasAll(changes.add())) {
            names = new LinkedHashSet<>(ALL);
        }
        if (hasAll(changes.drop())) {
            names.clear();
        }
        names.addAll(singles(changes.add()));
        names.removeAll(singles(changes.drop()));
        Set<String> ambient =
                hasAll(changes.addAmbient())
                        ? new LinkedHashSet<>(ALL)
                        : new LinkedHashSet<>(singles(changes.addAmbient()));
        names.addAll(ambient);
        List<String> held = ALL.stream().filter(names::contains).toList();
        List<String> kept = ALL.stream().filter(ambient::contains).toList();
        // An ambient capability has to be inheritable; no other needs to be.
        return new Capabilities(held, held, kept, held, kept);
    }

    private static boolean hasAll(List<String> names) {
        return names.stream().anyMatch(ALL_NAME::equalsIgnoreCase);
    }

    private static List<String> singles(List<String> names) {
        return names.stream()
                .filter(name -> !name.equalsIgnoreCase(ALL_NAME))
                .map(CapabilityNames::canonical)
                .toList();
    }

    private static String canonical(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String full = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
        if (!ALL.contains(full)) {
            throw new InvalidArgumentException("capability \"" + name + "\" is not one of Linux");
        }
        return full;
    }
}
