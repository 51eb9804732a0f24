package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodSandboxId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what lies in the runtime's directories and has no record. Records are written first and
 * removed last, so this finds something only when the database was lost or replaced, or when
 * somebody else interfered. What is outside of the directories is touched only by ids found in
 * them, or in the control group that is this runtime's own: another runtime may live beside it.
 */
final class Sweeper {

    private static final Logger log = LoggerFactory.getLogger(Sweeper.class);
    private static final Duration NETWORK_TIMEOUT = Duration.ofMinutes(2);
    private static final String NO_RECORD = "has no record";

    private final RuntimeState state;
    private final Shims.Connector connector;
    private final CgroupManager cgroups;
    private final SandboxMounts mounts;
    private final RootfsProvider rootfs;
    private final PodNetwork network;
    private final OciTeardown oci;
    private final CgroupNames names;
    private final Predicate<String> isTask;

    /** With a test of whether an id is that of a command that runs without a record. */
    Sweeper(
            RuntimeState state,
            Isolation isolation,
            RuntimePorts ports,
            OciTeardown oci,
            CgroupNames names,
            Predicate<String> isTask) {
        this.state = state;
        this.connector = isolation.connector();
        this.cgroups = isolation.cgroups();
        this.mounts = isolation.mounts();
        this.rootfs = ports.rootfs();
        this.network = ports.network();
        this.oci = oci;
        this.names = names;
        this.isTask = isTask;
    }

    /** Removes everything; to be called before any verb. */
    void sweep() {
        Findings findings = new Findings(true);
        find(findings);
        collect(findings);
    }

    /** Has plugins look for leftovers, of which they do not tell. */
    void collect(Findings findings) {
        findings.look(
                "network", () -> network.collect(Deadline.after(NETWORK_TIMEOUT, state.clock())));
    }

    /** Finds it while verbs are at work: whatever they make has a record before it is there. */
    void find(Findings findings) {
        findings.look("shims", () -> findShims(findings));
        findings.look("sandboxes", () -> findSandboxes(findings));
        findings.look("containers", () -> findContainers(findings));
        findings.look("root file systems", () -> findRootfs(findings));
        findings.look("control groups", () -> findCgroups(findings));
        findings.look("connections", () -> findConnections(findings));
    }

    private void findShims(Findings findings) throws IOException {
        for (String name : names(state.layout().shims())) {
            Path socket = state.layout().shims().resolve(name);
            boolean known =
                    !state.pods().list(pod -> Layout.socketName(pod.id()).equals(name)).isEmpty();
            if (!known && Files.exists(socket)) {
                findings.add("shim", socket.toString(), NO_RECORD, () -> endStray(socket));
            }
        }
    }

    private void endStray(Path socket) throws IOException {
        try (Shim shim = connector.connect(socket)) {
            for (ProcessEntry process : shim.list()) {
                if (process.state() == ProcessEntry.State.RUNNING) {
                    shim.signal(process.id(), Signal.SIGKILL.number());
                }
            }
            SandboxTeardown.shutDown(shim, state.clock());
        } catch (IOException e) {
            log.atWarn().addKeyValue("socket", socket).setCause(e).log("stray shim is deaf");
        } finally {
            Files.deleteIfExists(socket);
        }
    }

    private void findSandboxes(Findings findings) throws IOException {
        for (String name : ids(state.layout().sandboxes())) {
            PodSandboxId id = new PodSandboxId(name);
            if (state.pods().find(name).isEmpty()
                    && Files.exists(state.layout().sandbox(id).directory())) {
                findings.add("sandbox", name, NO_RECORD, () -> removeSandbox(id));
            }
        }
    }

    private void removeSandbox(PodSandboxId id) throws IOException {
        Layout.Sandbox files = state.layout().sandbox(id);
        mounts.unmountAll(files);
        removeCgroup(id.value());
        Trees.delete(files.directory());
    }

    private void findContainers(Findings findings) throws IOException {
        Set<String> found = ids(state.layout().containers());
        found.addAll(ids(state.layout().containerStates()));
        for (String name : found) {
            ContainerId id = new ContainerId(name);
            Layout.ContainerFiles files = state.layout().container(id);
            if (isNobodys(name)
                    && (Files.exists(files.directory()) || Files.exists(files.stateDirectory()))) {
                findings.add("container", name, NO_RECORD, () -> removeContainer(id));
            }
        }
    }

    private boolean isNobodys(String id) {
        return state.containers().find(id).isEmpty() && !isTask.test(id);
    }

    private void removeContainer(ContainerId id) throws IOException {
        cgroups.killAll(names.of(id.value()));
        oci.clear(id);
        removeCgroup(id.value());
        Layout.ContainerFiles files = state.layout().container(id);
        Trees.delete(files.stateDirectory());
        Trees.delete(files.directory());
    }

    private void findRootfs(Findings findings) throws IOException {
        for (ContainerId id : rootfs.list()) {
            if (isNobodys(id.value()) && rootfs.list().contains(id)) {
                findings.add("rootfs", id.value(), NO_RECORD, () -> rootfs.remove(id));
            }
        }
    }

    /** Those of the runtime's own group; in a kubelet's it does not look around. */
    private void findCgroups(Findings findings) throws IOException {
        CgroupPath parent = names.parentPath();
        for (CgroupPath group : cgroups.children(parent)) {
            String name = group.id();
            if (Ids.isId(name)
                    && isNobodys(name)
                    && state.pods().find(name).isEmpty()
                    && cgroups.children(parent).contains(group)) {
                findings.add("cgroup", group.value(), NO_RECORD, () -> removeCgroup(name));
            }
        }
    }

    private void findConnections(Findings findings) throws IOException {
        for (PodSandboxId id : network.connected()) {
            if (state.pods().find(id.value()).isEmpty() && network.connected().contains(id)) {
                findings.add(
                        "network",
                        id.value(),
                        NO_RECORD,
                        () -> network.release(id, Deadline.after(NETWORK_TIMEOUT, state.clock())));
            }
        }
    }

    private void removeCgroup(String id) throws IOException {
        CgroupPath path = names.of(id);
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
}
