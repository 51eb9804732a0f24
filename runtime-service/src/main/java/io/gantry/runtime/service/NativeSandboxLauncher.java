package io.gantry.runtime.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.Launch;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.launch.LaunchProgram;
import io.gantry.linux.launch.SandboxSetup;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimLauncher;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSysctls;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compiles what a pod's shim makes of itself and starts that shim. */
final class NativeSandboxLauncher implements SandboxLauncher {

    /** Above everything but what the kernel never kills. */
    private static final int OOM_SCORE_ADJ = -998;

    /** By this name the shim knows the first process of a pod's own pid namespace. */
    static final String REAPER = "reaper";

    private static final String PING_GROUPS = "net.ipv4.ping_group_range";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final long SHM_BYTES = 64L << 20;

    private final Layout layout;
    private final CgroupMembership cgroups;
    private final LaunchCompiler compiler;
    private final ShimLauncher launcher;
    private final PodUserNamespace users;

    NativeSandboxLauncher(
            Layout layout,
            CgroupMembership cgroups,
            LaunchCompiler compiler,
            ShimLauncher launcher,
            PodUserNamespace users) {
        this.users = users;
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
        IdMappings ids = pod.config().namespaces().idMappings();
        int pid = ids.isEmpty() ? launch(pod, files, setup) : launchMapped(pod, files, setup, ids);
        ShimProcess shim = HostProcess.of(pid);
        if (pod.config().namespaces().pid() == NamespaceMode.POD) {
            startReaper(files.socket());
        }
        return shim;
    }

    private int launch(PodSandbox pod, Layout.Sandbox files, SandboxSetup setup)
            throws IOException {
        LaunchProgram program = compiler.sandbox(setup);
        try {
            return launcher.launch(files.socket(), files.diagnostics(), program.encode());
        } catch (LaunchFailedException e) {
            throw explained(pod, program, e);
        }
    }

    /** In two steps: the shim starts the process that has what it then joins. */
    private int launchMapped(
            PodSandbox pod, Layout.Sandbox files, SandboxSetup setup, IdMappings ids)
            throws IOException {
        int pid = launch(pod, files, setup.placement());
        try (Shim shim = Shim.connect(files.socket(), TIMEOUT)) {
            boolean done = false;
            try {
                SandboxSetup mapped = setup.in(users.make(shim, setup.created(), ids));
                LaunchProgram program = compiler.sandbox(mapped);
                try {
                    launcher.goOn(files.socket(), program.encode());
                } catch (LaunchFailedException e) {
                    throw explained(pod, program, e);
                }
                done = true;
            } finally {
                users.end(shim);
                if (!done) {
                    users.endShim(shim);
                }
            }
        }
        return pid;
    }

    private static StartFailedException explained(
            PodSandbox pod, LaunchProgram program, LaunchFailedException e) {
        return new StartFailedException(
                "set up pod sandbox " + pod.id() + ": " + program.explain(e.op(), e.errno()), e);
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
                created(pins),
                Map.of(),
                pins,
                pins.containsKey(NamespaceType.UTS) ? pod.hostname() : "",
                sysctls(pod),
                pins.containsKey(NamespaceType.IPC)
                        ? Optional.of(shm(pod, files))
                        : Optional.empty(),
                cgroups.joinedByShim(new CgroupPath(pod.cgroup())),
                OOM_SCORE_ADJ);
    }

    private static SandboxSetup.Shm shm(PodSandbox pod, Layout.Sandbox files) {
        return new SandboxSetup.Shm(files.shm().toString(), SHM_BYTES, pod.selinux().mount());
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
        if (!namespaces.idMappings().isEmpty()) {
            pins.put(NamespaceType.USER, files.userns().toString());
        }
        return pins;
    }

    /** The user namespace is made by another process, and is not the shim's. */
    private static Set<NamespaceType> created(Map<NamespaceType, String> pins) {
        Set<NamespaceType> created = EnumSet.noneOf(NamespaceType.class);
        created.addAll(pins.keySet());
        created.remove(NamespaceType.USER);
        return created;
    }

    /** What a pod of its own network may do without privileges, as its peers allow. */
    private static Map<String, String> sysctls(PodSandbox pod) {
        Map<String, String> sysctls = new LinkedHashMap<>();
        if (!pod.config().namespaces().hostNetwork()) {
            sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
            sysctls.put(PING_GROUPS, "0 2147483647");
        }
        PodSysctls own = PodSysctls.of(pod.config().sysctls(), pod.config().namespaces());
        sysctls.putAll(own.values());
        IdMappings ids = pod.config().namespaces().idMappings();
        if (!ids.isEmpty()) {
            boolean asked = own.values().containsKey(PING_GROUPS);
            sysctls.computeIfPresent(
                    PING_GROUPS, (_, value) -> asked ? hostGroups(value, ids) : allGroups(ids));
        }
        return sysctls;
    }

    private static String allGroups(IdMappings ids) {
        long last = ids.gids().getFirst().size() - 1;
        return ids.hostGid(0) + " " + ids.hostGid(last);
    }

    /** The shim, which writes it, has the host's ids. */
    private static String hostGroups(String value, IdMappings ids) {
        String[] range = value.strip().split("\\s+", -1);
        try {
            long first = Long.parseLong(range[0]);
            long last = Long.parseLong(range[range.length - 1]);
            // "1 0" is the kernel's way to write that there are none.
            return first > last ? "1 0" : ids.hostGid(first) + " " + ids.hostGid(last);
        } catch (NumberFormatException e) {
            throw new InvalidArgumentException(
                    "sysctl " + PING_GROUPS + " is \"" + value + "\": two numbers are needed", e);
        }
    }
}
