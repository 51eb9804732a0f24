package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.security.SelinuxLevels;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.SandboxFiles;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.stats.StatsReader;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/** Puts the verbs together; each collaborator is made once. */
final class RuntimeAssembly {

    private final RuntimeSettings settings;
    private final RuntimePorts ports;
    private final Isolation isolation;
    private final RuntimeState state;
    private final CgroupManager cgroups;
    private final Shims shims;
    private final SandboxFiles files;
    private final SandboxTeardown sandboxTeardown;
    private final ProcessLauncher launcher;
    private final OciTeardown oci;
    private final Preparations preparations;
    private final ContainerTeardown containerTeardown;
    private final ExitWatcher exits;
    private final StopContainer stopContainer;
    private final RemoveContainer removeContainer;
    private final RunTask tasks;

    RuntimeAssembly(
            RuntimeSettings settings, RuntimePorts ports, Isolation isolation, RuntimeState state) {
        this.settings = settings;
        this.ports = ports;
        this.isolation = isolation;
        this.state = state;
        this.cgroups = isolation.cgroups();
        this.shims = new Shims(isolation.connector());
        this.files = new SandboxFiles(state.layout(), Path.of("/etc"));
        this.sandboxTeardown =
                new SandboxTeardown(
                        state, shims, cgroups, isolation.mounts(), files, ports.network());
        this.launcher = new ChosenLauncher(state, isolation.processes(), isolation.oci());
        this.oci =
                new OciTeardown(
                        state.layout(), isolation.mounts(), isolation.runtimes(), state.clock());
        this.preparations = new Preparations(cgroups, launcher);
        this.containerTeardown =
                new ContainerTeardown(state, shims, cgroups, ports.rootfs(), preparations, oci);
        this.exits = new ExitWatcher(state, shims, cgroups, containerTeardown);
        this.stopContainer = new StopContainer(state, shims, cgroups);
        this.removeContainer = new RemoveContainer(state, stopContainer, containerTeardown);
        this.tasks =
                new RunTask(state, shims, cgroups, isolation.specs(), launcher, settings.cgroups());
    }

    Shims shims() {
        return shims;
    }

    Pods pods() {
        StopPodSandbox stop =
                new StopPodSandbox(state, stopContainer, sandboxTeardown, containerTeardown);
        RunPodSandbox run =
                new RunPodSandbox(
                        state,
                        files,
                        cgroups,
                        new RunPodSandbox.Connections(shims, exits, ports.network()),
                        isolation.sandboxes(),
                        sandboxTeardown);
        RemovePodSandbox remove =
                new RemovePodSandbox(state, stop, removeContainer, sandboxTeardown);
        PodLabels labels =
                new PodLabels(
                        state, isolation.specs().labels(), new SelinuxLevels(new SecureRandom()));
        return new Pods(
                state,
                run,
                stop,
                remove,
                new Pods.Choices(settings.cgroups(), ports.handlers(), labels));
    }

    Containers containers() {
        CreateContainer create =
                new CreateContainer(
                        state,
                        ports.images(),
                        ports.rootfs(),
                        isolation.specs(),
                        containerTeardown,
                        preparations);
        StartContainer start = new StartContainer(state, shims, preparations, exits);
        ChangeContainer change = new ChangeContainer(state, shims, cgroups, preparations);
        return new Containers(state, create, start, stopContainer, removeContainer, change);
    }

    Execs execs() {
        StartExec start =
                new StartExec(state, shims, isolation.specs(), launcher, exits, killExec());
        return new Execs(state, shims, start, new ExecSync(start, state.clock()));
    }

    private KillExec killExec() {
        return new KillExec(
                ProcFs.SYSTEM, new ProcessTree(ProcFs.SYSTEM, Syscalls.system(), state.clock()));
    }

    PodPorts ports() {
        return new DialPort(state, shims, launcher, Syscalls.system());
    }

    RunTask tasks() {
        return tasks;
    }

    StatsReader stats(Pods pods, Containers containers) {
        return new StatsReader(
                new KnownPopulation(pods, containers),
                cgroups,
                ProcFs.SYSTEM,
                new StatsReader.Storage(ports.rootfs(), new MountedFileSystems(Syscalls.system())),
                state.clock());
    }

    private record KnownPopulation(Pods pods, Containers containers)
            implements StatsReader.Population {

        @Override
        public Container container(String id) {
            return containers.get(id);
        }

        @Override
        public List<Container> containers(ContainerFilter filter) {
            return containers.list(filter);
        }

        @Override
        public PodSandbox pod(String id) {
            return pods.get(id);
        }

        @Override
        public List<PodSandbox> pods(PodSandboxFilter filter) {
            return pods.list(filter);
        }
    }

    Reconciler reconciler() {
        return new Reconciler(
                state,
                new Reconciler.Watchers(shims, exits, new OverdueExecs(killExec(), state.clock())),
                sandboxTeardown,
                containerTeardown,
                oci);
    }

    Sweeper sweeper() {
        return new Sweeper(state, isolation, ports, oci, settings.cgroups(), tasks::isRunning);
    }

    StateCheck check(Sweeper sweeper) {
        return new StateCheck(state, shims, exits, sandboxTeardown, ports.rootfs(), sweeper);
    }
}
