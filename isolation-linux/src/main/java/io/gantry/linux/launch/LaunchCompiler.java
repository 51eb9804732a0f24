package io.gantry.linux.launch;

import io.gantry.base.error.UnimplementedException;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.security.SeccompFilters;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compiles launch programs. Thread-safe; every method throws {@link
 * io.gantry.base.error.InvalidArgumentException} where a specification makes no sense and {@link
 * io.gantry.base.error.FailedPreconditionException} where the machine cannot do what it asks for.
 */
public final class LaunchCompiler {

    private final Host host;
    private final SeccompFilters filters;

    public LaunchCompiler(Host host, SeccompFilters filters) {
        this.host = host;
        this.filters = filters;
    }

    /**
     * A container's first process.
     *
     * @param spec what it is; its root's path is an existing directory on the host
     * @param rootfs mounted on that directory, one on top of the other, in the container's own
     *     mount namespace; empty: the directory itself is the root file system
     * @param cgroup on cgroup v1 the container's; on v2 {@link CgroupJoin#NONE}, as the shim clones
     *     into the cgroup
     */
    public Launch container(Spec spec, List<Mount> rootfs, CgroupJoin cgroup) {
        return container(spec, rootfs, List.of(), cgroup);
    }

    /**
     * The same with files that only this process is to see.
     *
     * @param files over everything else that is mounted; what they hold is in the program, so that
     *     it is to be kept nowhere
     */
    public Launch container(
            Spec spec, List<Mount> rootfs, List<MemoryFile> files, CgroupJoin cgroup) {
        if (!spec.hooks().isEmpty()) {
            throw new UnimplementedException("hooks are for OCI runtimes");
        }
        Map<String, Boolean> directories = new HashMap<>();
        return new ContainerProgram(
                        Context.of(new ObservedHost(host, directories)),
                        spec,
                        new ContainerProgram.Files(rootfs, files),
                        cgroup,
                        filters)
                .compile()
                .given(directories);
    }

    /** Whether the host is still what a launch that was compiled some time ago relies on. */
    public boolean holds(Launch launch) {
        return launch.directories().entrySet().stream()
                .allMatch(seen -> host.isDirectory(seen.getKey()) == seen.getValue());
    }

    /**
     * A process in a running container, for a request that names the container as its target.
     *
     * @param process what runs
     * @param container specification of the container, for its namespaces and filter
     * @param cgroup as in {@link #container}
     */
    public LaunchProgram exec(Process process, Spec container, CgroupJoin cgroup) {
        return new ExecProgram(Context.of(host), process, container, cgroup, filters).compile();
    }

    /**
     * A process that an OCI runtime starts, for a request without a target: once the runtime has
     * ended the process is the shim's child, and the request's process is that one.
     *
     * @param bundle mounted beforehand
     */
    public LaunchProgram runtime(RuntimeCall runtime, RuntimeBundle bundle) {
        return new RuntimeProgram(Context.of(host), runtime).compile(bundle);
    }

    /** The first process of a pod's own pid namespace, in which it reaps. */
    public Launch reaper() {
        return new ReaperProgram(Context.of(host)).compile();
    }

    /**
     * A process that keeps a new user namespace, and others that belong to it, for seconds: until
     * its ids are mapped, the shim has joined what it is to join, and the process is killed.
     */
    public Launch namespaces(Set<NamespaceType> created) {
        return new KeeperProgram(Context.of(host)).compile(created);
    }

    /** By this number a process of {@link #dial} has its connected socket. */
    public static final int DIALLED = DialProgram.SOCKET;

    /**
     * A process that connects from the shim's network namespace and then waits for seconds to be
     * killed, its socket at {@link #DIALLED}, where it can be taken (pidfd_getfd(2)).
     */
    public LaunchProgram dial(InetAddress address, int port) {
        return new DialProgram(Context.of(host), address, port).compile();
    }

    /**
     * The set-up of a shim. When it fails, its namespaces go with the shim, but the caller unmounts
     * the pins and the shm directory: any number of them may be mounted ({@link
     * io.gantry.linux.mount.Mounter#unmount} takes either).
     */
    public LaunchProgram sandbox(SandboxSetup setup) {
        return new SandboxProgram(Context.of(host), setup).compile();
    }
}
