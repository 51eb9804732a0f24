package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.cdi.CdiCatalog;
import io.gantry.runtime.cdi.CdiName;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxLabels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a container as a client asks for it, its image and its pod into the specification that it
 * is started from. What it reads of the machine it reads through {@link Node}; it changes nothing.
 *
 * <p>Network, IPC and UTS namespaces are not in the specification: a container has those of the
 * shim that starts it. A PID namespace is only when the container gets its own; into that of the
 * pod or of another container the shim puts it. The user namespace of a pod is joined by path, for
 * the shim is not in it.
 */
public final class ContainerSpecBuilder {

    private final Layout layout;
    private final Node node;
    private final Labels labels;

    public ContainerSpecBuilder(Layout layout, Node node) {
        this.layout = layout;
        this.node = node;
        this.labels = new Labels(node.selinux());
    }

    /**
     * The specification.
     *
     * @throws InvalidArgumentException when what is asked for is not possible, naming it
     * @throws io.gantry.base.error.UnimplementedException naming a device of a vendor that asks for
     *     what Gantry cannot do
     * @throws IOException when the machine cannot be asked
     */
    public Spec build(PodSandbox pod, Container container, ContainerImage image)
            throws IOException {
        ContainerConfig config = container.config();
        ContainerSecurity security = config.security();
        if (security.privileged() && !pod.config().security().privileged()) {
            throw new InvalidArgumentException(
                    "container "
                            + config.metadata().name()
                            + " cannot be privileged in pod sandbox "
                            + pod.id()
                            + ", which is not");
        }
        PodUsers users = PodUsers.of(pod, container, layout);
        SelinuxLabels selinux = labels.ofContainer(pod, config);
        Spec spec =
                new Spec(
                        process(pod, config, image, users.mappings()).labelled(selinux.process()),
                        new Spec.Root(
                                layout.container(container.id()).rootfs().toString(),
                                security.readonlyRootfs()),
                        "",
                        mounts(
                                pod,
                                config,
                                new ContainerMounts(
                                        node,
                                        image.volumes(),
                                        users,
                                        pod.owner(),
                                        selinux.mount())),
                        annotations(pod, config),
                        linux(pod, container, users).with(selinux.mount()));
        List<CdiName> devices = CdiCatalog.asked(config.cdiDevices(), config.annotations());
        return devices.isEmpty()
                ? spec
                : new DeviceEdits(node)
                        .apply(spec, node.cdi().edits(devices, !pod.runtimeHandler().isEmpty()));
    }

    private Process process(
            PodSandbox pod, ContainerConfig config, ContainerImage from, IdMappings users) {
        ContainerSecurity security = config.security();
        ImageConfig image = from.config();
        UserResolver.Resolved user =
                new UserResolver(from.accounts()).resolve(security, image.user());
        return new Process(
                config.tty(),
                ProcessUser.of(user, users),
                Command.args(config, image),
                Command.env(config, image, pod.hostname(), user.home()),
                Command.workingDir(config, image),
                Security.capabilities(security),
                List.of(),
                security.noNewPrivs(),
                Limits.oomScoreAdj(config.resources()),
                security.privileged() ? "" : Security.apparmor(security.apparmor(), node),
                "");
    }

    private List<SpecMount> mounts(PodSandbox pod, ContainerConfig config, ContainerMounts mounts)
            throws IOException {
        ContainerSecurity security = config.security();
        return mounts.of(
                DefaultMounts.of(
                        SandboxView.of(pod, layout),
                        security.privileged(),
                        security.readonlyRootfs()),
                config.mounts());
    }

    private LinuxSpec linux(PodSandbox pod, Container container, PodUsers users)
            throws IOException {
        ContainerConfig config = container.config();
        ContainerSecurity security = config.security();
        Capabilities capabilities = Security.capabilities(security);
        DeviceAccess devices =
                security.privileged()
                        ? DeviceAccess.privileged(config.devices(), node)
                        : DeviceAccess.of(config.devices(), node);
        SecurityProfile seccomp = security.privileged() ? null : security.seccomp();
        return new LinuxSpec(
                namespaces(pod, security, users),
                users.mappings().uids(),
                users.mappings().gids(),
                devices.nodes(),
                container.cgroup(),
                Limits.of(container.resources(), devices.rules()),
                Security.seccomp(seccomp, capabilities.bounding(), node),
                ContainerMounts.rootPropagation(config.mounts()),
                Security.maskedPaths(pod, security),
                Security.readonlyPaths(pod, security),
                Map.of());
    }

    private static List<Namespace> namespaces(
            PodSandbox pod, ContainerSecurity security, PodUsers users) {
        NamespaceOptions own = security.namespaces();
        NamespaceOptions options = own == null ? pod.config().namespaces() : own;
        if (options.pid() == NamespaceMode.TARGET && options.targetId().isEmpty()) {
            throw new InvalidArgumentException(
                    "pid namespace mode TARGET needs a target container");
        }
        List<Namespace> namespaces = new ArrayList<>();
        namespaces.add(new Namespace(NamespaceType.MOUNT, ""));
        if (options.pid() == NamespaceMode.CONTAINER) {
            namespaces.add(new Namespace(NamespaceType.PID, ""));
        }
        // A privileged container may administer the host's control groups, so it has to see them.
        if (!security.privileged()) {
            namespaces.add(new Namespace(NamespaceType.CGROUP, ""));
        }
        if (users.isPresent()) {
            namespaces.add(new Namespace(NamespaceType.USER, users.file().toString()));
        }
        return namespaces;
    }

    /** The keys by which tools and OCI runtimes recognise containers of Kubernetes. */
    private static Map<String, String> annotations(PodSandbox pod, ContainerConfig config) {
        Map<String, String> annotations = new LinkedHashMap<>(config.annotations());
        annotations.put("io.kubernetes.cri.container-type", "container");
        annotations.put("io.kubernetes.cri.container-name", config.metadata().name());
        annotations.put("io.kubernetes.cri.image-name", config.image().image());
        annotations.put("io.kubernetes.cri.sandbox-id", pod.id().value());
        annotations.put("io.kubernetes.cri.sandbox-name", pod.metadata().name());
        annotations.put("io.kubernetes.cri.sandbox-namespace", pod.metadata().namespace());
        annotations.put("io.kubernetes.cri.sandbox-uid", pod.metadata().uid());
        return annotations;
    }
}
