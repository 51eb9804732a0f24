package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.error.InternalException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.SandboxFiles;
import io.gantry.runtime.store.Database;
import io.gantry.runtime.store.Records;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A runtime over one pair of directories: puts the verbs together, reconciles at its start. Pods
 * and containers live on when it is closed, and the next one adopts them.
 */
public final class RuntimeService implements AutoCloseable {

    private final Database database;
    private final Runnable release;
    private final RuntimeState state;
    private final Records<Boot> boots;
    private final Shims shims;
    private final Reconciler reconciler;
    private final Sweeper sweeper;
    private final Pods pods;
    private final Containers containers;
    private final Execs execs;

    /**
     * Opens one on this machine, which has to be {@link #start started} then.
     *
     * @throws io.gantry.base.error.FailedPreconditionException when the machine lacks something
     * @throws io.gantry.base.error.DataLossException when the database cannot be used
     */
    public static RuntimeService open(RuntimeSettings settings, RuntimePorts ports, Clock clock) {
        Isolation isolation = NativeIsolation.create(settings, ports.imageFiles(), clock);
        Layout layout = new Layout(settings.root(), settings.state());
        return new RuntimeService(
                settings, ports, isolation, Database.open(layout.database()), clock);
    }

    RuntimeService(
            RuntimeSettings settings,
            RuntimePorts ports,
            Isolation isolation,
            Database database,
            Clock clock) {
        Layout layout = new Layout(settings.root(), settings.state());
        this.database = database;
        this.release = isolation.release();
        this.state = RuntimeState.over(database, layout, clock);
        this.boots = new Records<>(database, "boot", Boot.class, boot -> Boot.KEY);
        this.shims = new Shims(isolation.connector());
        CgroupManager cgroups = isolation.cgroups();
        SandboxFiles files = new SandboxFiles(layout, Path.of("/etc"));
        ContainerTeardown containerTeardown =
                new ContainerTeardown(state, shims, cgroups, ports.rootfs());
        SandboxTeardown sandboxTeardown =
                new SandboxTeardown(
                        state, shims, cgroups, isolation.mounts(), files, ports.network());
        ExitWatcher exits = new ExitWatcher(state, shims, cgroups, containerTeardown);
        StopContainer stopContainer = new StopContainer(state, shims, cgroups);
        RemoveContainer removeContainer =
                new RemoveContainer(state, stopContainer, containerTeardown);
        StopPodSandbox stopPodSandbox = new StopPodSandbox(state, stopContainer, sandboxTeardown);
        Bundles bundles = new Bundles(layout);
        this.pods =
                new Pods(
                        state,
                        new RunPodSandbox(
                                state,
                                files,
                                cgroups,
                                new RunPodSandbox.Connections(shims, exits, ports.network()),
                                isolation.sandboxes(),
                                sandboxTeardown),
                        stopPodSandbox,
                        new RemovePodSandbox(
                                state, stopPodSandbox, removeContainer, sandboxTeardown),
                        settings.cgroupParent());
        this.containers =
                new Containers(
                        state,
                        new CreateContainer(
                                state,
                                ports.images(),
                                ports.rootfs(),
                                isolation.specs(),
                                bundles,
                                containerTeardown),
                        new StartContainer(
                                state,
                                shims,
                                cgroups,
                                bundles,
                                isolation.processes(),
                                containerTeardown,
                                exits),
                        stopContainer,
                        removeContainer,
                        new ChangeContainer(state, shims, cgroups, bundles));
        StartExec startExec =
                new StartExec(
                        state, shims, bundles, isolation.specs(), isolation.processes(), exits);
        this.execs = new Execs(state, shims, startExec, new ExecSync(startExec, clock));
        this.reconciler = new Reconciler(state, shims, exits, sandboxTeardown, containerTeardown);
        this.sweeper =
                new Sweeper(
                        state,
                        isolation.connector(),
                        cgroups,
                        isolation.mounts(),
                        ports,
                        settings.cgroupParent());
    }

    /**
     * Reads the records, adopts what runs, clears what was left; to be called once, before any
     * verb.
     */
    public void start() {
        state.load();
        boots.load();
        String boot = bootId();
        boolean rebooted =
                boots.find(Boot.KEY).filter(before -> !before.id().equals(boot)).isPresent();
        reconciler.reconcile(rebooted);
        sweeper.sweep();
        boots.put(new Boot(boot));
    }

    public PodManager pods() {
        return pods;
    }

    public ContainerManager containers() {
        return containers;
    }

    public ExecManager execs() {
        return execs;
    }

    /** Lets go of everything; what runs goes on. */
    @Override
    public void close() {
        shims.close();
        database.close();
        release.run();
    }

    private static String bootId() {
        try {
            return ProcFs.SYSTEM.bootId();
        } catch (IOException e) {
            throw new InternalException("read the boot id: " + e.getMessage(), e);
        }
    }
}
