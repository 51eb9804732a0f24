package io.gantry.runtime.service;

import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** Starts processes as the handler of their pod does; commands of builds natively, always. */
final class ChosenLauncher implements ProcessLauncher {

    private final RuntimeState state;
    private final ProcessLauncher nativeLauncher;
    private final ContainerLauncher oci;

    ChosenLauncher(RuntimeState state, ProcessLauncher nativeLauncher, ContainerLauncher oci) {
        this.state = state;
        this.nativeLauncher = nativeLauncher;
        this.oci = oci;
    }

    private ContainerLauncher of(Container container) {
        Optional<PodSandbox> pod = state.pods().find(container.podSandboxId().value());
        return pod.isPresent() ? of(pod.get()) : nativeLauncher;
    }

    private ContainerLauncher of(PodSandbox pod) {
        return pod.runtimeHandler().isEmpty() ? nativeLauncher : oci;
    }

    @Override
    public void require(PodSandbox pod, Spec spec) throws IOException {
        of(pod).require(pod, spec);
    }

    @Override
    public boolean makesCgroup(Container container) {
        return of(container).makesCgroup(container);
    }

    @Override
    public ReadyStart ready(Container container, Bundle bundle) {
        return of(container).ready(container, bundle);
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
        return of(container).exec(shim, container, bundle, id, process, stdin);
    }

    @Override
    public ShimStream task(Shim shim, ContainerId id, Bundle bundle, List<MemoryFile> files)
            throws IOException {
        return nativeLauncher.task(shim, id, bundle, files);
    }

    @Override
    public int dial(Shim shim, String id, InetAddress address, int port) throws IOException {
        return nativeLauncher.dial(shim, id, address, port);
    }
}
