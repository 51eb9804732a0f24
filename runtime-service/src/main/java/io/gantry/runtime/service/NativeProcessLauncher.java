package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.Launch;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.launch.LaunchProgram;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Compiles specifications to launch programs and has the pod's shim run them. */
final class NativeProcessLauncher implements ProcessLauncher {

    private final Layout layout;
    private final CgroupMembership cgroups;
    private final LaunchCompiler compiler;

    NativeProcessLauncher(Layout layout, CgroupMembership cgroups, LaunchCompiler compiler) {
        this.layout = layout;
        this.cgroups = cgroups;
        this.compiler = compiler;
    }

    @Override
    public ReadyStart ready(Container container, Bundle bundle) {
        Launch launch =
                compiler.container(
                        bundle.spec(),
                        bundle.rootfs(),
                        cgroups.joined(new CgroupPath(container.cgroup())));
        return new Compiled(container, launch, launch.program().encode());
    }

    @Override
    public ShimStream task(Shim shim, ContainerId id, Bundle bundle, List<MemoryFile> files)
            throws IOException {
        CgroupPath cgroup = new CgroupPath(bundle.spec().linux().cgroupsPath());
        Launch launch =
                compiler.container(bundle.spec(), bundle.rootfs(), files, cgroups.joined(cgroup));
        StartRequest request =
                new StartRequest(
                        id.value(),
                        StartRequest.Placement.container(launch.cloneFlags(), cgroups.born(cgroup)),
                        StartRequest.StandardIo.OUTPUT_ONLY,
                        StartRequest.Files.NONE,
                        launch.program().encode());
        return explained(launch.program(), () -> shim.startStreaming(request));
    }

    @Override
    public ShimStream exec(
            Shim shim, Container container, Bundle bundle, String id, Process process, boolean in)
            throws IOException {
        CgroupPath cgroup = new CgroupPath(container.cgroup());
        LaunchProgram program = compiler.exec(process, bundle.spec(), cgroups.joined(cgroup));
        StartRequest request =
                new StartRequest(
                        id,
                        StartRequest.Placement.exec(container.id().value(), cgroups.born(cgroup)),
                        new StartRequest.StandardIo(in, process.terminal(), false),
                        StartRequest.Files.NONE,
                        program.encode());
        return explained(program, () -> shim.startStreaming(request));
    }

    @Override
    public int dial(Shim shim, String id, InetAddress address, int port) throws IOException {
        LaunchProgram program = compiler.dial(address, port);
        return explained(program, () -> shim.start(StartRequest.reaper(id, 0, program.encode())));
    }

    /** A container's start as a launch program. */
    private final class Compiled implements ReadyStart {

        private final Container container;
        private final Launch launch;
        private final byte[] program;

        Compiled(Container container, Launch launch, byte[] program) {
            this.container = container;
            this.launch = launch;
            this.program = program;
        }

        @Override
        public boolean isCurrent() {
            return compiler.holds(launch);
        }

        @Override
        public int start(Shim shim, PodSandbox pod) throws IOException {
            StartRequest request = request(pod, container.config().stdin());
            return explained(launch.program(), () -> shim.start(request));
        }

        @Override
        public ShimStream startAttached(Shim shim, PodSandbox pod, boolean stdin)
                throws IOException {
            StartRequest request = request(pod, stdin && container.config().stdin());
            return explained(launch.program(), () -> shim.startStreaming(request));
        }

        private StartRequest request(PodSandbox pod, boolean stdin) {
            return new StartRequest(
                    container.id().value(),
                    placement(pod, container, launch.cloneFlags()),
                    new StartRequest.StandardIo(
                            stdin, container.config().tty(), container.config().stdinOnce()),
                    new StartRequest.Files(
                            container.logFile().isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(Path.of(container.logFile())),
                            Optional.of(layout.container(container.id()).exitRecord())),
                    program);
        }
    }

    private StartRequest.Placement placement(PodSandbox pod, Container container, long cloneFlags) {
        Optional<Path> cgroup = cgroups.born(new CgroupPath(container.cgroup()));
        NamespaceOptions asked = container.config().security().namespaces();
        NamespaceOptions namespaces = asked == null ? pod.config().namespaces() : asked;
        return switch (namespaces.pid()) {
            case CONTAINER, NODE -> StartRequest.Placement.container(cloneFlags, cgroup);
            case POD ->
                    StartRequest.Placement.containerWith(
                            NativeSandboxLauncher.REAPER, cloneFlags, cgroup);
            case TARGET ->
                    StartRequest.Placement.containerWith(namespaces.targetId(), cloneFlags, cgroup);
        };
    }

    private static <T> T explained(LaunchProgram program, Start<T> start) throws IOException {
        try {
            return start.run();
        } catch (LaunchFailedException e) {
            String message =
                    e.stage() == LaunchFailedException.Stage.PROGRAM
                            ? program.explain(e.op(), e.errno())
                            : String.valueOf(e.getMessage());
            throw new StartFailedException(message, e);
        }
    }

    @FunctionalInterface
    private interface Start<T> {
        T run() throws IOException;
    }
}
