package io.gantry.runtime.service;

import io.gantry.base.error.UnknownException;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.launch.LaunchProgram;
import io.gantry.linux.launch.RuntimeBundle;
import io.gantry.linux.launch.RuntimeCall;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.oci.HostVolumes;
import io.gantry.runtime.oci.OciCalls;
import io.gantry.runtime.oci.OciDocument;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlerFile;
import io.gantry.runtime.oci.OciRuntime;
import io.gantry.runtime.oci.PodNamespaces;
import io.gantry.runtime.oci.RuntimeLog;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Has an OCI runtime start processes, as a child of a child of the pod's shim, which has what the
 * runtime leaves behind as its own from then on: its output, its signals, its end.
 */
final class OciProcessLauncher implements ContainerLauncher {

    /** The words by which a kubelet knows the failure. */
    private static final String RRO_UNSUPPORTED = "RROUnsupported";

    private final Layout layout;
    private final LaunchCompiler compiler;
    private final OciRuntime runtime;
    private final Set<String> capabilities;

    /**
     * Calls nothing yet.
     *
     * @param capabilities that the daemon has, and can give: runtimes fail at others
     */
    OciProcessLauncher(
            Layout layout, LaunchCompiler compiler, OciRuntime runtime, Set<String> capabilities) {
        this.layout = layout;
        this.compiler = compiler;
        this.runtime = runtime;
        this.capabilities = Set.copyOf(capabilities);
    }

    @Override
    public void require(PodSandbox pod, Spec spec) throws IOException {
        OciHandler handler = OciHandlerFile.read(layout.sandbox(pod.id()).handler());
        handler.requireUsable();
        for (SpecMount mount : spec.mounts()) {
            if (mount.options().contains("rro")
                    && !runtime.features(handler).recursiveReadOnlyMounts()) {
                throw new UnknownException(
                        RRO_UNSUPPORTED
                                + ": mount "
                                + mount.destination()
                                + " cannot be read-only recursively: runtime handler \""
                                + handler.name()
                                + "\" does not know how");
            }
        }
    }

    /** A scope of systemd's: the runtime asks for one with its own process in it. */
    @Override
    public boolean makesCgroup(Container container) {
        return new CgroupPath(container.cgroup()).isScope();
    }

    @Override
    public ReadyStart ready(Container container, Bundle bundle) {
        return new Start(container, bundle);
    }

    @Override
    public ShimStream exec(
            Shim shim,
            Container container,
            Bundle bundle,
            String id,
            Process process,
            boolean stdin)
            throws IOException {
        Layout.ContainerFiles files = layout.container(container.id());
        OciHandler handler = OciHandlerFile.read(files.handler());
        OciCalls calls = calls(handler, files, "exec-" + id, id, process.terminal());
        StartRequest.Placement placement =
                StartRequest.Placement.execFromOutside(container.id().value());
        try {
            Path document = Files.write(calls.document(), OciDocument.process(possible(process)));
            RuntimeCall call = calls.exec(container.id().value(), document);
            Launch launch = compiled(calls, call, RuntimeBundle.none());
            return launched(
                    launch,
                    () ->
                            shim.startStreaming(
                                    new StartRequest(
                                            id,
                                            placement,
                                            new StartRequest.StandardIo(
                                                    stdin, process.terminal(), false),
                                            StartRequest.Files.NONE,
                                            launch.program.encode())));
        } finally {
            calls.clear();
        }
    }

    private Process possible(Process process) {
        return process.with(process.capabilities().among(capabilities));
    }

    private OciCalls calls(
            OciHandler handler,
            Layout.ContainerFiles files,
            String name,
            String id,
            boolean terminal) {
        handler.requireUsable();
        return new OciCalls(
                handler,
                files.stateDirectory(),
                name,
                terminal ? Optional.of(layout.console(id)) : Optional.empty());
    }

    /** A program that calls a runtime. */
    private record Launch(OciCalls calls, RuntimeCall call, LaunchProgram program) {}

    private Launch compiled(OciCalls calls, RuntimeCall call, RuntimeBundle bundle)
            throws IOException {
        calls.clearOutputs();
        return new Launch(calls, call, compiler.runtime(call, bundle));
    }

    private interface Request<T> {
        T send() throws IOException;
    }

    private static <T> T launched(Launch launch, Request<T> request) throws IOException {
        try {
            return request.send();
        } catch (LaunchFailedException e) {
            throw new StartFailedException(explained(launch, e), e);
        }
    }

    private static String explained(Launch launch, LaunchFailedException e) {
        if (e.stage() != LaunchFailedException.Stage.PROGRAM) {
            return String.valueOf(e.getMessage());
        }
        String own = launch.program.explain(e.op(), e.errno());
        return launch.program.step(e.op()).equals(launch.call.name())
                ? launch.call.name()
                        + ": "
                        + RuntimeLog.lastError(launch.calls.log())
                                .orElse("it failed and did not say why")
                : own;
    }

    /** A container's start: created by the runtime, looked at, and started. */
    private final class Start implements ReadyStart {

        private final Container container;
        private final Bundle bundle;
        private final Layout.ContainerFiles files;

        Start(Container container, Bundle bundle) {
            this.container = container;
            this.bundle = bundle;
            this.files = layout.container(container.id());
        }

        @Override
        public boolean isCurrent() {
            return true;
        }

        @Override
        public int start(Shim shim, PodSandbox pod) throws IOException {
            Launch launch = prepare(shim, pod);
            try {
                int pid = launched(launch, () -> shim.start(request(launch, stdin(true))));
                begin(launch.calls, shim, pid);
                return pid;
            } finally {
                launch.calls.clear();
            }
        }

        @Override
        public ShimStream startAttached(Shim shim, PodSandbox pod, boolean stdin)
                throws IOException {
            Launch launch = prepare(shim, pod);
            try {
                ShimStream stream =
                        launched(launch, () -> shim.startStreaming(request(launch, stdin(stdin))));
                boolean begun = false;
                try {
                    begin(launch.calls, shim, stream.pid());
                    begun = true;
                    return stream;
                } finally {
                    if (!begun) {
                        stream.close();
                    }
                }
            } finally {
                launch.calls.clear();
            }
        }

        private String id() {
            return container.id().value();
        }

        private boolean stdin(boolean asked) {
            return asked && container.config().stdin();
        }

        /** Says first which runtime it is, so that whatever follows can be taken apart. */
        private Launch prepare(Shim shim, PodSandbox pod) throws IOException {
            OciHandler handler = OciHandlerFile.read(layout.sandbox(pod.id()).handler());
            boolean terminal = container.config().tty();
            OciCalls calls = calls(handler, files, "create", id(), terminal);
            Files.createDirectories(files.rootfs());
            Files.createDirectories(Path.of(handler.root()));
            OciHandlerFile.write(files.handler(), handler);
            PodNamespaces namespaces =
                    PodNamespaces.of(pod, container, layout.sandbox(pod.id()), shim.list());
            Spec spec = bundle.spec().with(possible(bundle.spec().process()));
            HostVolumes volumes = HostVolumes.of(namespaces.join(spec), files.volumes());
            Files.write(files.config(), OciDocument.config(volumes.spec()));
            return compiled(
                    calls,
                    calls.create(id(), makesCgroup(container)),
                    new RuntimeBundle(
                            files.rootfs(),
                            bundle.rootfs(),
                            volumes.mounts(),
                            spec.linux().mountLabel()));
        }

        private StartRequest request(Launch launch, boolean stdin) {
            return new StartRequest(
                    id(),
                    StartRequest.Placement.container(0, Optional.empty()),
                    new StartRequest.StandardIo(
                            stdin, container.config().tty(), container.config().stdinOnce()),
                    new StartRequest.Files(
                            container.logFile().isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(Path.of(container.logFile())),
                            Optional.of(files.exitRecord())),
                    launch.program.encode());
        }

        private void begin(OciCalls calls, Shim shim, int pid) throws IOException {
            Optional<ProcessStat> seen = ProcFs.SYSTEM.stat(pid);
            if (seen.isPresent() && seen.get().parent() != shim.pid()) {
                throw new StartFailedException(
                        "%s create: process %d was left to process %d, not to the one that called"
                                .formatted(calls.handler().name(), pid, seen.get().parent()),
                        new IOException("not a child of the shim"));
            }
            try {
                runtime.start(calls.handler(), id(), calls.log());
            } catch (IOException e) {
                throw new StartFailedException(String.valueOf(e.getMessage()), e);
            }
        }
    }
}
