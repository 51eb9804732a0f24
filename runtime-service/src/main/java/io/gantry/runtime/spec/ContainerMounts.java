package io.gantry.runtime.spec;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnknownException;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.MountPropagation;
import io.gantry.runtime.pod.PodOwner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The volumes of a container as mounts, and how they combine with the defaults. */
final class ContainerMounts {

    /** Beginnings of messages by which a kubelet tells these failures from others. */
    private static final String RRO_UNSUPPORTED = "RROUnsupported";

    private static final Set<String> OPTIONS =
            Set.of("noexec", "nodev", "nosuid", "exec", "dev", "suid", "noatime", "nodiratime");

    private final Node node;
    private final ImageVolumes images;
    private final PodUsers users;
    private final PodOwner owner;
    private final String label;

    /**
     * Mounts nothing.
     *
     * @param label SELinux label of the container's files; empty: none
     */
    ContainerMounts(Node node, ImageVolumes images, PodUsers users, PodOwner owner, String label) {
        this.node = node;
        this.images = images;
        this.users = users;
        this.owner = owner;
        this.label = label;
    }

    /**
     * Mounts with parents before what lies in them. A volume takes the place of a default one at
     * the same path, and one at /dev that of all defaults below it.
     *
     * @throws InvalidArgumentException naming the volume that cannot be as asked for
     */
    List<SpecMount> of(List<SpecMount> defaults, List<ContainerMount> volumes) throws IOException {
        List<SpecMount> mounts = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (ContainerMount volume : volumes) {
            SpecMount mount = mount(volume);
            mounts.add(mount);
            taken.add(mount.destination());
        }
        for (Map.Entry<String, Path> volume : images.declared().entrySet()) {
            relabel(volume.getKey(), volume.getValue());
            mounts.add(declared(volume.getKey(), volume.getValue()));
        }
        List<SpecMount> all = new ArrayList<>();
        for (SpecMount standard : defaults) {
            boolean replaced =
                    taken.contains(standard.destination())
                            || (taken.contains("/dev")
                                    && standard.destination().startsWith("/dev/"));
            if (!replaced) {
                if (DefaultMounts.isFile(standard)) {
                    relabel(standard.destination(), Path.of(standard.source()));
                }
                all.add(standard);
            }
        }
        all.addAll(mounts);
        all.sort(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()));
        return all;
    }

    /** How the container's root has to pass on mounts so that its volumes can: the widest need. */
    static String rootPropagation(List<ContainerMount> volumes) {
        boolean slave = false;
        for (ContainerMount volume : volumes) {
            if (volume.propagation() == MountPropagation.BIDIRECTIONAL) {
                return "shared";
            }
            slave |= volume.propagation() == MountPropagation.HOST_TO_CONTAINER;
        }
        return slave ? "slave" : "";
    }

    private SpecMount mount(ContainerMount volume) throws IOException {
        if (volume.image() != null) {
            return image(volume);
        }
        if (volume.hostPath().isEmpty() || volume.containerPath().isEmpty()) {
            throw new InvalidArgumentException(
                    "volume \"%s\" at \"%s\" needs both paths"
                            .formatted(volume.hostPath(), volume.containerPath()));
        }
        Path source =
                node.resolve(HostPath.of("volume " + volume.containerPath(), volume.hostPath()));
        List<String> options = new ArrayList<>();
        options.add("rbind");
        options.add(propagation(volume, source));
        options.add(access(volume));
        options.addAll(extra(volume));
        // Of others, a source that is missing stays so: the start fails and names it.
        if (owner == PodOwner.CRI) {
            makeIfMissing(volume, source);
        }
        if (volume.selinuxRelabel()) {
            relabel(volume.containerPath(), source);
        }
        if (users.wanted(volume) && Files.exists(source)) {
            options.add(users.option(volume, source, node));
        }
        return new SpecMount(destination(volume), "bind", source.toString(), options);
    }

    /** What a kubelet leaves to the runtime, for a path of the host that it knows no type of. */
    private void makeIfMissing(ContainerMount volume, Path source) {
        try {
            node.makeDirectory(source);
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "volume %s: host_path %s is not there, and cannot be made as a directory: %s"
                            .formatted(volume.containerPath(), volume.hostPath(), e.getMessage()),
                    e);
        }
    }

    private void relabel(String volume, Path source) {
        if (label.isEmpty() || !Files.exists(source)) {
            return;
        }
        try {
            node.selinux().relabel(source, label);
        } catch (InvalidArgumentException e) {
            throw new InvalidArgumentException(
                    "volume " + volume + ": selinux_relabel: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "volume %s: %s cannot be labelled %s: %s"
                            .formatted(volume, source, label, e.getMessage()),
                    e);
        }
    }

    /** Has the ids of the image, as its other files have. */
    private SpecMount declared(String path, Path directory) {
        SpecMount mount = DefaultMounts.bind(directory, path, "rw");
        if (!users.isPresent()) {
            return mount;
        }
        List<String> options = new ArrayList<>(mount.options());
        options.add("idmap");
        return new SpecMount(path, mount.type(), mount.source(), options);
    }

    /** Read-only by its nature; no device node of an image is ever meant to be used. */
    private SpecMount image(ContainerMount volume) {
        // Images are seen with the pod's ids in any case.
        boolean _ = users.wanted(volume);
        if (volume.propagation() != MountPropagation.PRIVATE) {
            throw new InvalidArgumentException(
                    "volume "
                            + volume.containerPath()
                            + ": an image exchanges no mounts: its propagation must be private");
        }
        SpecMount source = Objects.requireNonNull(images.shown().get(volume));
        List<String> options = new ArrayList<>(source.options());
        options.add("nodev");
        if (access(volume).equals("rro")) {
            options.add("rro");
        }
        options.addAll(extra(volume));
        return new SpecMount(destination(volume), source.type(), source.source(), options);
    }

    private static String destination(ContainerMount volume) {
        Path path = Path.of("/").resolve(volume.containerPath()).normalize();
        if (path.getNameCount() == 0) {
            throw new InvalidArgumentException(
                    "volume " + volume.hostPath() + " cannot be mounted on / of the container");
        }
        return path.toString();
    }

    private String propagation(ContainerMount volume, Path source) throws IOException {
        if (volume.propagation() == MountPropagation.PRIVATE) {
            return "rprivate";
        }
        Node.PathMount mount = node.mountOf(source);
        if (volume.propagation() == MountPropagation.BIDIRECTIONAL) {
            refuseInUserNamespace(volume);
            require(mount.propagation() == Node.Propagation.SHARED, source, mount, "shared");
            return "rshared";
        }
        require(mount.propagation() != Node.Propagation.PRIVATE, source, mount, "shared or slave");
        return "rslave";
    }

    /** The kernel lets none out of it (mount_namespaces(7)). */
    private void refuseInUserNamespace(ContainerMount volume) {
        if (users.isPresent()) {
            throw new InvalidArgumentException(
                    "volume "
                            + volume.containerPath()
                            + ": a pod with a user namespace cannot pass mounts to the host: its"
                            + " propagation must be private or host-to-container");
        }
    }

    private static void require(
            boolean holds, Path source, Node.PathMount mount, String propagation) {
        if (!holds) {
            throw new InvalidArgumentException(
                    "path "
                            + source
                            + " is mounted on "
                            + mount.mountPoint()
                            + ", which is not a "
                            + propagation
                            + " mount");
        }
    }

    private String access(ContainerMount volume) {
        if (!volume.recursiveReadonly()) {
            return volume.readonly() ? "ro" : "rw";
        }
        if (!volume.readonly() || volume.propagation() != MountPropagation.PRIVATE) {
            throw new InvalidArgumentException(
                    "volume "
                            + volume.containerPath()
                            + ": recursive read-only needs read-only and private propagation");
        }
        if (!node.recursiveReadonly()) {
            throw new UnknownException(
                    RRO_UNSUPPORTED
                            + ": volume "
                            + volume.containerPath()
                            + ": recursive read-only needs kernel 5.12 or newer");
        }
        return "rro";
    }

    private static List<String> extra(ContainerMount volume) {
        for (String option : volume.mountOptions()) {
            if (!OPTIONS.contains(option)) {
                throw new InvalidArgumentException(
                        "volume "
                                + volume.containerPath()
                                + ": mount option \""
                                + option
                                + "\" is not one of a bind mount");
            }
        }
        return volume.mountOptions();
    }
}
