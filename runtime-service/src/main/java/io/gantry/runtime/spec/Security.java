package io.gantry.runtime.spec;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.AppArmor;
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
import java.util.Objects;
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

    /**
     * Name of the AppArmor profile; empty: none. Where nothing is said the default one confines;
     * nodes without AppArmor do without it, but not without one that was named.
     *
     * @throws InvalidArgumentException naming a profile that the kernel does not know
     * @throws FailedPreconditionException when a profile is named and AppArmor is off, or when the
     *     default one cannot be loaded
     */
    static String apparmor(@Nullable SecurityProfile profile, Node node) {
        AppArmor apparmor = node.apparmor();
        return switch (profile == null ? SecurityProfile.Type.RUNTIME_DEFAULT : profile.type()) {
            case UNCONFINED -> "";
            case RUNTIME_DEFAULT -> apparmor.on() ? defaultProfile(apparmor) : "";
            case LOCALHOST -> loaded(stripped(Objects.requireNonNull(profile)), apparmor);
        };
    }

    private static String defaultProfile(AppArmor apparmor) {
        apparmor.loadDefault();
        return AppArmor.DEFAULT_PROFILE;
    }

    private static String loaded(String profile, AppArmor apparmor) {
        if (!apparmor.on()) {
            throw new FailedPreconditionException(
                    "AppArmor profile " + profile + " cannot be had: AppArmor is off on this node");
        }
        if (!apparmor.loaded(profile)) {
            throw new InvalidArgumentException(
                    "AppArmor profile " + profile + " is not loaded on this node");
        }
        return profile;
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
