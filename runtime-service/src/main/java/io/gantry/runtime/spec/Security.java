package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.linux.spec.Seccomp;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.SecurityProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What confines a container: capabilities, filters, profiles, hidden paths. */
final class Security {

    /** Paths through which a container could learn of the host or act on it, hidden. */
    static final List<String> MASKED =
            List.of(
                    "/proc/asound",
                    "/proc/acpi",
                    "/proc/interrupts",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware",
                    "/sys/devices/virtual/powercap");

    /** Paths that programs read and only the host's administrator writes. */
    static final List<String> READONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private static final String LOCALHOST = "localhost/";

    private Security() {}

    static Capabilities capabilities(ContainerSecurity security) {
        return security.privileged()
                ? CapabilityNames.all()
                : CapabilityNames.of(security.capabilities());
    }

    /**
     * A kubelet always says which paths to hide; nothing said is its way to ask for none (procMount
     * Unmasked). Gantry's own clients leave it to the runtime.
     */
    static List<String> maskedPaths(PodSandbox pod, ContainerSecurity security) {
        return paths(pod, security, security.maskedPaths(), MASKED);
    }

    /** As {@link #maskedPaths}. */
    static List<String> readonlyPaths(PodSandbox pod, ContainerSecurity security) {
        return paths(pod, security, security.readonlyPaths(), READONLY);
    }

    private static List<String> paths(
            PodSandbox pod, ContainerSecurity security, List<String> asked, List<String> standard) {
        if (security.privileged()) {
            return List.of();
        }
        return asked.isEmpty() && pod.owner() == PodOwner.GANTRY ? standard : asked;
    }

    /**
     * The filter of system calls; null: none.
     *
     * @throws InvalidArgumentException naming a profile that cannot be read
     */
    static @Nullable Seccomp seccomp(
            @Nullable SecurityProfile profile, List<String> capabilities, Node node) {
        if (profile == null) {
            return null;
        }
        return switch (profile.type()) {
            case UNCONFINED -> null;
            case RUNTIME_DEFAULT -> node.defaultSeccomp(capabilities);
            case LOCALHOST -> localhost(stripped(profile), capabilities, node);
        };
    }

    private static Seccomp localhost(String file, List<String> capabilities, Node node) {
        byte[] json;
        try {
            json = node.read(Path.of(file));
        } catch (IOException e) {
            throw new InvalidArgumentException(
                    "seccomp profile " + file + " cannot be read: " + e.getMessage(), e);
        }
        return new SeccompProfile(Set.copyOf(capabilities), node.machine()).parse(file, json);
    }

    /** Name of the AppArmor profile; empty: none. */
    static String apparmor(@Nullable SecurityProfile profile) {
        if (profile == null || profile.type() != SecurityProfile.Type.LOCALHOST) {
            return "";
        }
        return stripped(profile);
    }

    private static String stripped(SecurityProfile profile) {
        String reference = profile.localhostRef();
        String name =
                reference.startsWith(LOCALHOST)
                        ? reference.substring(LOCALHOST.length())
                        : reference;
        if (name.isEmpty()) {
            throw new InvalidArgumentException("a security profile of type Localhost has no name");
        }
        return name;
    }
}
