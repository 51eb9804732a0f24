package io.gantry.runtime.oci;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import java.util.ArrayList;
import java.util.List;

/**
 * The namespaces of a pod that a container has without its specification saying so: a process of
 * the shim is born in them, a runtime has to be told where they are.
 */
public record PodNamespaces(List<Namespace> joined) {

    /** By this name a shim knows the first process of a pod's own pid namespace. */
    private static final String REAPER = "reaper";

    public PodNamespaces {
        joined = List.copyOf(joined);
    }

    /**
     * Those of a pod.
     *
     * @param processes of its shim
     * @throws FailedPreconditionException when the process whose pid namespace is to be joined is
     *     gone
     */
    public static PodNamespaces of(
            PodSandbox pod,
            Container container,
            Layout.Sandbox files,
            List<ProcessEntry> processes) {
        NamespaceOptions pods = pod.config().namespaces();
        List<Namespace> joined = new ArrayList<>();
        if (!pods.hostNetwork()) {
            joined.add(new Namespace(NamespaceType.NETWORK, files.netns().toString()));
            joined.add(new Namespace(NamespaceType.UTS, files.utsns().toString()));
        }
        if (pods.ipc() != NamespaceMode.NODE) {
            joined.add(new Namespace(NamespaceType.IPC, files.ipcns().toString()));
        }
        NamespaceOptions own = container.config().security().namespaces();
        NamespaceOptions options = own == null ? pods : own;
        switch (options.pid()) {
            case POD -> joined.add(pidOf(REAPER, processes));
            case TARGET -> joined.add(pidOf(options.targetId(), processes));
            case CONTAINER, NODE -> {}
        }
        return new PodNamespaces(joined);
    }

    private static Namespace pidOf(String id, List<ProcessEntry> processes) {
        return processes.stream()
                .filter(process -> process.id().equals(id))
                .filter(process -> process.state() == ProcessEntry.State.RUNNING)
                .findFirst()
                .map(it -> new Namespace(NamespaceType.PID, "/proc/" + it.pid() + "/ns/pid"))
                .orElseThrow(
                        () ->
                                new FailedPreconditionException(
                                        "the process whose pid namespace is to be joined, "
                                                + id
                                                + ", does not run"));
    }

    /** The same specification, which says so. */
    public Spec join(Spec spec) {
        LinuxSpec linux = spec.linux();
        List<Namespace> all = new ArrayList<>(linux.namespaces());
        all.addAll(joined);
        return spec.with(linux.with(all));
    }
}
