package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.DefaultPaths;
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

    private static final String LOCALHOST = "localhost/";

    private Security() {}

    static Capabilities capabilities(ContainerSecurity security) {
        return security.privileged()
                ? CapabilitySets.all()
                : CapabilitySets.of(security.capabilities());
    }

    /**
     * A kubelet always says which paths to hide; nothing said is its way to ask for none (procMount
     * Unmasked). Gantry's own clients leave it to the runtime.
     */
    static List<String> maskedPaths(PodSandbox pod, ContainerSecurity security) {
        return paths(pod, security, security.maskedPaths(), DefaultPaths.masked());
    }

    /** As {@link #maskedPaths}. */
    static List<String> readonlyPaths(PodSandbox pod, ContainerSecurity security) {
        return paths(pod, security, security.readonlyPaths(), DefaultPaths.readonly());
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
        return new SeccompProfile(Set.copyOf(capabilities), node.machine(), node.kernel())
                .parse(file, json);
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
