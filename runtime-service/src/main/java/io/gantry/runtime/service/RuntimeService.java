package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Finding;
import io.gantry.base.error.InternalException;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.events.ContainerEvents;
import io.gantry.runtime.events.EventFeed;
import io.gantry.runtime.oci.HandlerReport;
import io.gantry.runtime.stats.RuntimeStats;
import io.gantry.runtime.stats.StatsReader;
import io.gantry.runtime.store.Database;
import io.gantry.runtime.store.Records;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/**
 * A runtime over one pair of directories, which reconciles at its start. Pods and containers live
 * on when it is closed, and the next one adopts them.
 */
public final class RuntimeService implements AutoCloseable {

    private final Database database;
    private final Runnable release;
    private final RuntimeState state;
    private final EventFeed events = new EventFeed();
    private final PublishEvents publishing;
    private final Records<Boot> boots;
    private final Shims shims;
    private final Reconciler reconciler;
    private final Sweeper sweeper;
    private final StateCheck check;
    private final Pods pods;
    private final Containers containers;
    private final Execs execs;
    private final TaskManager tasks;
    private final StatsReader stats;
    private final PodPorts ports;
    private final Supplier<List<HandlerReport>> handlers;

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
        this.database = database;
        this.release = isolation.release();
        this.boots = new Records<>(database, "boot", Boot.class, boot -> Boot.KEY);
        this.state =
                RuntimeState.over(
                        database,
                        new Layout(settings.root(), settings.state()),
                        ports.phases(),
                        clock);
        this.publishing = new PublishEvents(state.pods(), state.containers(), events, clock);
        RuntimeAssembly assembly = new RuntimeAssembly(settings, ports, isolation, state);
        this.shims = assembly.shims();
        this.reconciler = assembly.reconciler();
        this.sweeper = assembly.sweeper();
        this.check = assembly.check(sweeper);
        this.pods = assembly.pods();
        this.containers = assembly.containers();
        this.execs = assembly.execs();
        this.tasks = assembly.tasks();
        this.stats = assembly.stats(pods, containers);
        this.ports = assembly.ports();
        this.handlers =
                () -> ports.handlers().list().stream().map(isolation.runtimes()::report).toList();
    }

    /**
     * Reads the records, adopts what runs, clears what was left; to be called once, before any
     * verb.
     */
    public void start() {
        state.load();
        boots.load();
        publishing.begin();
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

    public ContainerEvents events() {
        return events;
    }

    public RuntimeStats stats() {
        return stats;
    }

    /**
     * Compares the records with what is there, while everything goes on.
     *
     * @param repair whether to mend what is found
     */
    public List<Finding> check(boolean repair) {
        return check.run(repair);
    }

    /** How many shims there are connections to. */
    public int shimCount() {
        return shims.count();
    }

    /** How the OCI runtimes are that pods may ask for. */
    public List<HandlerReport> handlers() {
        return handlers.get();
    }

    /** Connections to ports of pods. */
    public PodPorts ports() {
        return ports;
    }

    public TaskManager tasks() {
        return tasks;
    }

    /** Lets go of everything; what runs goes on. */
    @Override
    public void close() {
        stats.close();
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
