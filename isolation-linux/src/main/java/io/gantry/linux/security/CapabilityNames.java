package io.gantry.linux.security;

import io.gantry.base.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Capabilities by name (capabilities(7)) and by bit. */
public final class CapabilityNames {

    /** In the order of their bits. */
    private static final List<String> ALL =
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

    /** What Docker and containerd leave to a container's root. */
    private static final List<String> DEFAULT =
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

    /** All that Linux 6.18 knows. */
    public static List<String> all() {
        return ALL;
    }

    /** The default set of fourteen. */
    public static List<String> defaults() {
        return DEFAULT;
    }

    /**
     * The canonical name of {@code name}, which may be lower case and lack CAP_.
     *
     * @throws InvalidArgumentException when there is none
     */
    public static String canonical(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String canonical = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
        if (!ALL.contains(canonical)) {
            throw new InvalidArgumentException("unknown capability: " + name);
        }
        return canonical;
    }

    /** The bits of {@code names}, which may have any form that {@link #canonical} takes. */
    public static long mask(Collection<String> names) {
        long mask = 0;
        for (String name : names) {
            mask |= 1L << ALL.indexOf(canonical(name));
        }
        return mask;
    }

    /** The names of the bits of {@code mask}; bits without a name are left out. */
    public static List<String> of(long mask) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < ALL.size(); bit++) {
            if ((mask & (1L << bit)) != 0) {
                names.add(ALL.get(bit));
            }
        }
        return names;
    }
}
