package io.gantry.runtime.spec;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.IdMappings;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The user namespace of a pod, as its containers join it.
 *
 * @param file at which it is pinned
 * @param mappings empty: the pod is in the host's
 */
record PodUsers(Path file, IdMappings mappings) {

    /** Of a pod without. */
    static final PodUsers NONE = new PodUsers(Path.of("/"), IdMappings.NONE);

    /**
     * That of a pod, which its containers have, too.
     *
     * @throws InvalidArgumentException when the container asks for another
     */
    static PodUsers of(PodSandbox pod, Container container, Layout layout) {
        IdMappings mappings = pod.config().namespaces().idMappings();
        NamespaceOptions asked = container.config().security().namespaces();
        if (asked != null && !asked.idMappings().equals(mappings)) {
            throw new InvalidArgumentException(
                    "container "
                            + container.config().metadata().name()
                            + ": its userns_options are not those of pod sandbox "
                            + pod.id());
        }
        return new PodUsers(layout.sandbox(pod.id()).userns(), mappings);
    }

    boolean isPresent() {
        return !mappings.isEmpty();
    }

    /**
     * Checks the mappings that a volume asks for.
     *
     * @return whether it does
     * @throws InvalidArgumentException when they are not those of the pod
     */
    boolean wanted(ContainerMount volume) {
        IdMappings asked = new IdMappings(volume.uidMappings(), volume.gidMappings());
        if (asked.isEmpty()) {
            return false;
        }
        if (!isPresent()) {
            throw new InvalidArgumentException(
                    "volume "
                            + volume.containerPath()
                            + " has id mappings, but its pod has no user namespace");
        }
        if (!asked.equals(mappings)) {
            throw new InvalidArgumentException(
                    "volume "
                            + volume.containerPath()
                            + ": its id mappings are not those of the pod's user namespace");
        }
        return true;
    }

    /**
     * The mount option that maps the ids of a volume, with those of all that is mounted below it
     * where that is possible.
     *
     * @throws FailedPreconditionException naming the file system when it is not possible
     */
    String option(ContainerMount volume, Path source, Node node) throws IOException {
        return switch (node.idMapping(source, file)) {
            case TREE -> "ridmap";
            case ONE -> "idmap";
            case NONE -> {
                Node.PathMount mount = node.mountOf(source);
                throw new FailedPreconditionException(
                        "volume "
                                + volume.containerPath()
                                + ": ids cannot be mapped on "
                                + source
                                + ": its file system "
                                + mount.type()
                                + ", mounted on "
                                + mount.mountPoint()
                                + ", cannot do that on this kernel");
            }
        };
    }
}
