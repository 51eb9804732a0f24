package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.security.SelinuxContext;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.SelinuxLabels;
import io.gantry.runtime.pod.SelinuxOptions;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * SELinux labels of pods and their containers: what the policy has for containers, with a level
 * that is the pod's, and what is asked for in place of parts of it.
 */
public final class Labels {

    private static final String FIELD = "linux.security_context.selinux_options";

    /** Policies name with these; a colon would end the part. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]*");

    private static final Pattern LEVEL = Pattern.compile("[A-Za-z0-9_.,:-]*");

    private final Selinux selinux;

    public Labels(Selinux selinux) {
        this.selinux = selinux;
    }

    /**
     * Those of a pod.
     *
     * @param level gives one that no other pod has, where none is asked for
     * @throws InvalidArgumentException when the policy does not know what is asked for
     */
    public SelinuxLabels ofPod(PodSandboxConfig config, Supplier<String> level) {
        if (!selinux.on()) {
            return SelinuxLabels.NONE;
        }
        SelinuxOptions asked = config.security().selinux();
        checkWords(asked);
        String own = asked.level().isEmpty() ? level.get() : asked.level();
        SelinuxContext process = selinux.process().with(context(asked)).with(level(own));
        SelinuxContext files = selinux.file().with(user(asked)).with(level(own));
        selinux.require(FIELD, process);
        selinux.require(FIELD, files);
        boolean bare = asked.isNone() && seesOthers(config.namespaces());
        return new SelinuxLabels(bare ? "" : process.label(), files.label());
    }

    /**
     * Those of a container: its pod's, but for what it asks for itself.
     *
     * @throws InvalidArgumentException when the policy does not know that
     */
    SelinuxLabels ofContainer(PodSandbox pod, ContainerConfig config) {
        SelinuxLabels ofPod = pod.selinux();
        ContainerSecurity security = config.security();
        if (ofPod.mount().isEmpty()) {
            return SelinuxLabels.NONE;
        }
        SelinuxLabels labels = ofPod;
        SelinuxOptions asked = security.selinux();
        NamespaceOptions own = security.namespaces();
        if (!asked.isNone()) {
            labels = asked(ofPod, asked);
        } else if (own != null && seesOthers(own)) {
            labels = new SelinuxLabels("", ofPod.mount());
        }
        return security.privileged() ? new SelinuxLabels("", labels.mount()) : labels;
    }

    private SelinuxLabels asked(SelinuxLabels ofPod, SelinuxOptions asked) {
        checkWords(asked);
        SelinuxContext files = SelinuxContext.parse(ofPod.mount());
        SelinuxContext base =
                ofPod.process().isEmpty()
                        ? selinux.process().with(level(files.level()))
                        : SelinuxContext.parse(ofPod.process());
        SelinuxContext process = base.with(context(asked));
        SelinuxContext mount = files.with(user(asked)).with(level(asked.level()));
        selinux.require(FIELD, process);
        selinux.require(FIELD, mount);
        return new SelinuxLabels(process.label(), mount.label());
    }

    /** The kernel reads no further than a NUL, and what else it would judge are whole labels. */
    private static void checkWords(SelinuxOptions asked) {
        check("user", asked.user(), NAME);
        check("role", asked.role(), NAME);
        check("type", asked.type(), NAME);
        check("level", asked.level(), LEVEL);
    }

    private static void check(String part, String value, Pattern allowed) {
        if (!allowed.matcher(value).matches()) {
            throw new InvalidArgumentException(
                    "%s.%s: \"%s\" is no part of an SELinux label".formatted(FIELD, part, value));
        }
    }

    /** Processes of others in sight, which a policy would hide all the same. */
    private static boolean seesOthers(NamespaceOptions namespaces) {
        return namespaces.pid() == NamespaceMode.NODE || namespaces.ipc() == NamespaceMode.NODE;
    }

    private static SelinuxContext context(SelinuxOptions asked) {
        return new SelinuxContext(asked.user(), asked.role(), asked.type(), asked.level());
    }

    private static SelinuxContext user(SelinuxOptions asked) {
        return new SelinuxContext(asked.user(), "", "", "");
    }

    private static SelinuxContext level(String level) {
        return new SelinuxContext("", "", "", level);
    }
}
