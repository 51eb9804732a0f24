package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.Rollback;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.StartPhases.Phase;
import io.gantry.runtime.spec.ContainerSpecs;
import io.gantry.runtime.spec.ImageVolumes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a container: name, intent, root file system, specification, in this order; all taken back
 * when one fails. Nothing runs yet.
 */
final class CreateContainer {

    private static final Logger log = LoggerFactory.getLogger(CreateContainer.class);

    private final RuntimeState state;
    private final ImageResolver images;
    private final RootfsProvider rootfs;
    private final ContainerSpecs specs;
    private final ContainerTeardown teardown;
    private final MakeImageVolumes volumes;
    private final Preparations preparations;

    CreateContainer(
            RuntimeState state,
            ImageResolver images,
            RootfsProvider rootfs,
            ContainerSpecs specs,
            ContainerTeardown teardown,
            Preparations preparations) {
        this.state = state;
        this.images = images;
        this.rootfs = rootfs;
        this.specs = specs;
        this.teardown = teardown;
        this.volumes = new MakeImageVolumes(images, rootfs);
        this.preparations = preparations;
    }

    ContainerId create(PodSandbox found, ContainerConfig asked, Deadline deadline) {
        if (asked.metadata().name().isEmpty()) {
            throw new InvalidArgumentException("container metadata needs a name");
        }
        try (KeyedLocks.Held _ = state.locks().lock(found.id(), deadline)) {
            PodSandbox pod = state.pod(found.id().value());
            if (!pod.isReady()) {
                throw new FailedPreconditionException(
                        "pod sandbox " + pod.id() + " is " + pod.state() + ", not READY");
            }
            requireTarget(pod, asked);
            ContainerConfig config = volumes.resolved(asked);
            ResolvedImage image = resolve(config);
            Container wanted = record(pod, config, image);
            clearLeftover(wanted);
            String holder = reserve(wanted);
            if (!holder.equals(wanted.id().value())) {
                return sameAgain(wanted, new ContainerId(holder));
            }
            make(pod, wanted, image);
            return wanted.id();
        }
    }

    /** The pid namespace of another container can be joined in its pod only, and while it is. */
    private void requireTarget(PodSandbox pod, ContainerConfig config) {
        NamespaceOptions namespaces = config.security().namespaces();
        if (namespaces == null || namespaces.pid() != NamespaceMode.TARGET) {
            return;
        }
        Container target = state.container(namespaces.targetId());
        if (!target.podSandboxId().equals(pod.id())) {
            throw new InvalidArgumentException(
                    "target container " + target.id() + " is not in pod sandbox " + pod.id());
        }
        target.requireRunning("join the pid namespace of");
    }

    private ResolvedImage resolve(ContainerConfig config) {
        String name = config.image().image();
        if (name.isEmpty()) {
            throw new InvalidArgumentException(
                    "container " + config.metadata().name() + " names no image");
        }
        return images.find(name)
                .orElseThrow(
                        () ->
                                new NotFoundException(
                                        "image " + name + " is not here; pull it first"));
    }

    private String reserve(Container wanted) {
        return state.names().reserve(RuntimeState.nameOf(wanted), wanted.id().value());
    }

    /** Frees the name from a container whose making failed and could not be taken back then. */
    private void clearLeftover(Container wanted) {
        String name = RuntimeState.nameOf(wanted);
        for (Container other : state.containersOf(wanted.podSandboxId())) {
            // Whoever makes one holds the pod's lock, so this one is being made by nobody.
            if (other.state() == ContainerState.CREATING
                    && RuntimeState.nameOf(other).equals(name)) {
                try {
                    teardown.removeAll(other);
                } catch (IOException e) {
                    throw new InternalException(
                            "remove what is left of container "
                                    + other.id()
                                    + ": "
                                    + e.getMessage(),
                            e);
                }
                state.forget(other);
            }
        }
    }

    /** The name is taken: the same request, sent again, gets what the first one made. */
    private ContainerId sameAgain(Container wanted, ContainerId holder) {
        Optional<Container> found = state.containers().find(holder.value());
        if (found.isPresent()
                && found.get().state() == ContainerState.CREATED
                && found.get().config().equals(wanted.config())) {
            return holder;
        }
        throw new AlreadyExistsException(
                RuntimeState.nameOf(wanted)
                        + " is held by container "
                        + holder
                        + found.map(container -> ", which is " + container.state() + " or differs")
                                .orElse(""));
    }

    private Container record(PodSandbox pod, ContainerConfig config, ResolvedImage image) {
        ContainerId id = ContainerId.random();
        return new Container(
                id,
                pod.id(),
                config,
                image.imageId(),
                image.imageRef(),
                logFile(pod, config),
                new CgroupPath(pod.cgroup()).beside(id.value()).value(),
                new ContainerUser(0, 0, List.of()),
                stopSignal(config, image),
                config.resources(),
                state.clock().now(),
                ContainerStatus.creating());
    }

    private static String logFile(PodSandbox pod, ContainerConfig config) {
        String directory = pod.config().logDirectory();
        if (directory.isEmpty() || config.logPath().isEmpty()) {
            return "";
        }
        return Path.of(directory).resolve(config.logPath()).toString();
    }

    private static Signal stopSignal(ContainerConfig config, ResolvedImage image) {
        Signal asked = config.stopSignal();
        if (asked != null) {
            return asked;
        }
        String ofImage = image.config().stopSignal();
        return ofImage.isEmpty() ? Signal.SIGTERM : Signal.parse(ofImage);
    }

    private void make(PodSandbox pod, Container container, ResolvedImage image) {
        Rollback undo = new Rollback(log);
        try (undo) {
            // Not stored: what a daemon leaves that dies before it is made has no row, and is
            // swept.
            state.containers().announce(container);
            undo.add("remove files", () -> teardown.removeAll(container));
            Bundle bundle = bundle(pod, container, image);
            Container made = made(container, bundle.spec().process().user());
            state.containers().put(made);
            undo.commit();
            preparations.begin(made, bundle);
        } catch (IOException e) {
            settle(container, undo);
            throw Failures.of("create container " + container.metadata().name(), e);
        } catch (ServiceException e) {
            settle(container, undo);
            throw e;
        }
    }

    private Bundle bundle(PodSandbox pod, Container container, ResolvedImage image)
            throws IOException {
        List<Mount> root;
        ImageVolumes others;
        try (PhaseClock.Running _ = state.phases().begin(Phase.CONTAINER_MOUNTS)) {
            root = rootfs.prepare(container.id(), image.imageId());
            others = volumes.make(container, image);
        }
        try (PhaseClock.Running _ = state.phases().begin(Phase.CONTAINER_SPEC)) {
            Spec spec = specs.container(pod, container, image, others);
            preparations.require(pod, spec);
            Bundle bundle = new Bundle(spec, root);
            state.bundles().write(container.id(), bundle);
            return bundle;
        }
    }

    private static Container made(Container container, Process.User user) {
        List<Long> groups = user.additionalGids().stream().map(Integer::toUnsignedLong).toList();
        return container
                .with(
                        new ContainerUser(
                                Integer.toUnsignedLong(user.uid()),
                                Integer.toUnsignedLong(user.gid()),
                                groups))
                .with(container.status().created());
    }

    /** A record that still names something stays, unseen, until the next attempt or start. */
    private void settle(Container container, Rollback undo) {
        if (undo.failures().isEmpty()) {
            state.forget(container);
        }
    }
}
