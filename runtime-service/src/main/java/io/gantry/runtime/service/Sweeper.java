package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what lies in the runtime's directories and has no record. Records are written first and
 * removed last, so this finds something only when the database was lost or replaced. What is
 * outside of the directories is touched only by ids found in them: another runtime may live beside
 * this one.
 */
final class Sweeper {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration NETWORK_TIMEOUT = Duration.ofMinutes(2);

    private final RuntimeState state;
    private final Shims.Connector connector;
    private final CgroupManager cgroups;
    private final SandboxMounts mounts;
    private final RootfsProvider rootfs;
    private final PodNetwork network;
    private final String cgroupParent;

    Sweeper(
            RuntimeState state,
            Shims.Connector connector,
            CgroupManager cgroups,
            SandboxMounts mounts,
            RuntimePorts ports,
            String cgroupParent) {
        this.state = state;
        this.connector = connector;
        this.cgroups = cgroups;
        this.mounts = mounts;
        this.rootfs = ports.rootfs();
        this.network = ports.network();
        this.cgroupParent = cgroupParent;
    }

    void sweep() {
        attempt("shims", this::sweepShims);
        attempt("sandboxes", this::sweepSandboxes);
        attempt("containers", this::sweepContainers);
        attempt("root file systems", this::sweepRootfs);
        attempt("network", this::sweepNetwork);
    }

    private void sweepShims() throws IOException {
        Set<String> known =
                state.pods().list(any -> true).stream()
                        .map(pod -> Layout.socketName(pod.id()))
                        .collect(Collectors.toSet());
        for (String name : names(state.layout().shims())) {
            if (!known.contains(name)) {
                Path socket = state.layout().shims().resolve(name);
                attempt(socket.toString(), () -> endStray(socket));
            }
        }
    }

    private void endStray(Path socket) throws IOException {
        log.atWarn().addKeyValue("socket", socket).log("ending a shim without a record");
        try (Shim shim = connector.connect(socket)) {
            for (ProcessEntry process : shim.list()) {
                if (process.state() == ProcessEntry.State.RUNNING) {
                    shim.signal(process.id(), Signal.SIGKILL.number());
                }
            }
            SandboxTeardown.shutDown(shim, state.clock());
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    private void sweepSandboxes() throws IOException {
        for (String name : ids(state.layout().sandboxes())) {
            if (state.pods().find(name).isEmpty()) {
                attempt("sandbox " + name, () -> removeSandbox(new PodSandboxId(name)));
            }
        }
    }

    private void removeSandbox(PodSandboxId id) throws IOException {
        Layout.Sandbox files = state.layout().sandbox(id);
        mounts.unmountAll(files);
        removeCgroup(id.value());
        Trees.delete(files.directory());
    }

    private void sweepContainers() throws IOException {
        Set<String> found = ids(state.layout().containers());
        found.addAll(ids(state.layout().containerStates()));
        for (String name : found) {
            if (state.containers().find(name).isEmpty()) {
                attempt("container " + name, () -> removeContainer(new ContainerId(name)));
            }
        }
    }

    private void removeContainer(ContainerId id) throws IOException {
        removeCgroup(id.value());
        Layout.ContainerFiles files = state.layout().container(id);
        Trees.delete(files.stateDirectory());
        Trees.delete(files.directory());
    }

    private void sweepRootfs() throws IOException {
        for (ContainerId id : rootfs.list()) {
            if (state.containers().find(id.value()).isEmpty()) {
                attempt("root file system of " + id, () -> rootfs.remove(id));
            }
        }
    }

    private void sweepNetwork() throws IOException {
        Set<PodSandboxId> known =
                state.pods().list(any -> true).stream()
                        .map(PodSandbox::id)
                        .collect(Collectors.toSet());
        network.sweep(known, Deadline.after(NETWORK_TIMEOUT, state.clock()));
    }

    private void removeCgroup(String id) throws IOException {
        CgroupPath path = new CgroupPath(cgroupParent).child(id);
        cgroups.killAll(path);
        cgroups.remove(path);
    }

    private static Set<String> ids(Path directory) throws IOException {
        Set<String> ids = names(directory);
        ids.removeIf(name -> !Ids.isId(name));
        return ids;
    }

    private static Set<String> names(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return new TreeSet<>();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> Objects.requireNonNull(entry.getFileName()).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** One leftover that resists must not keep the others, or the runtime from starting. */
    private static void attempt(String what, Step step) {
        try {
            step.run();
        } catch (IOException | ServiceException e) {
            log.atWarn().addKeyValue("what", what).setCause(e).log("sweep failed");
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }
}
