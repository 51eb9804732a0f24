package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.Launch;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.launch.LaunchProgram;
import io.gantry.linux.launch.SandboxSetup;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimLauncher;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Compiles what a pod's shim makes of itself and starts that shim. */
final class NativeSandboxLauncher implements SandboxLauncher {

    /** Above everything but what the kernel never kills. */
    private static final int OOM_SCORE_ADJ = -998;

    /** By this name the shim knows the first process of a pod's own pid namespace. */
    static final String REAPER = "reaper";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final long SHM_BYTES = 64L << 20;

    private final Layout layout;
    private final CgroupMembership cgroups;
    private final LaunchCompiler compiler;
    private final ShimLauncher launcher;

    NativeSandboxLauncher(
            Layout layout,
            CgroupMembership cgroups,
            LaunchCompiler compiler,
            ShimLauncher launcher) {
        this.layout = layout;
        this.cgroups = cgroups;
        this.compiler = compiler;
        this.launcher = launcher;
    }

    @Override
    public ShimProcess launch(PodSandbox pod) throws IOException {
        Layout.Sandbox files = layout.sandbox(pod.id());
        SandboxSetup setup = setup(pod, files);
        for (String pin : setup.pins().values()) {
            Files.createFile(Path.of(pin));
        }
        LaunchProgram program = compiler.sandbox(setup);
        try {
            ShimProcess shim =
                    HostProcess.of(
                            launcher.launch(files.socket(), files.diagnostics(), program.encode()));
            if (pod.config().namespaces().pid() == NamespaceMode.POD) {
                startReaper(files.socket());
            }
            return shim;
        } catch (LaunchFailedException e) {
            throw new StartFailedException(
                    "set up pod sandbox " + pod.id() + ": " + program.explain(e.op(), e.errno()),
                    e);
        }
    }

    private void startReaper(Path socket) throws IOException {
        Launch reaper = compiler.reaper();
        try (Shim shim = Shim.connect(socket, TIMEOUT)) {
            shim.start(StartRequest.reaper(REAPER, reaper.cloneFlags(), reaper.program().encode()));
        } catch (LaunchFailedException e) {
            String why = reaper.program().explain(e.op(), e.errno());
            throw new IOException("start the pod's reaper: " + why, e);
        }
    }

    private SandboxSetup setup(PodSandbox pod, Layout.Sandbox files) {
        NamespaceOptions namespaces = pod.config().namespaces();
        Map<NamespaceType, String> pins = pins(namespaces, files);
        return new SandboxSetup(
                Optional.empty(),
                pins.keySet(),
                Map.of(),
                pins,
                pins.containsKey(NamespaceType.UTS) ? pod.hostname() : "",
                sysctls(pod),
                pins.containsKey(NamespaceType.IPC)
                        ? Optional.of(new SandboxSetup.Shm(files.shm().toString(), SHM_BYTES))
                        : Optional.empty(),
                cgroups.joinedByShim(new CgroupPath(pod.cgroup())),
                OOM_SCORE_ADJ);
    }

    /** Each namespace of its own is pinned. A pod with the host's network has the host's name. */
    private static Map<NamespaceType, String> pins(
            NamespaceOptions namespaces, Layout.Sandbox files) {
        Map<NamespaceType, String> pins = new EnumMap<>(NamespaceType.class);
        if (!namespaces.hostNetwork()) {
            pins.put(NamespaceType.NETWORK, files.netns().toString());
            pins.put(NamespaceType.UTS, files.utsns().toString());
        }
        if (namespaces.ipc() != NamespaceMode.NODE) {
            pins.put(NamespaceType.IPC, files.ipcns().toString());
        }
        return pins;
    }

    /** What a pod of its own network may do without privileges, as its peers allow. */
    private static Map<String, String> sysctls(PodSandbox pod) {
        Map<String, String> sysctls = new LinkedHashMap<>();
        if (!pod.config().namespaces().hostNetwork()) {
            sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
            sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
        }
        pod.config().sysctls().forEach((name, value) -> sysctls.put(name.replace('/', '.'), value));
        return sysctls;
    }
}
