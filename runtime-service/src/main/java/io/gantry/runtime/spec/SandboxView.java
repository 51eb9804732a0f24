package io.gantry.runtime.spec;

import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.PodSandbox;
import java.nio.file.Path;

/**
 * What a pod gives each of its containers, as paths of the host.
 *
 * @param shm shared memory
 */
record SandboxView(Path hostname, Path hosts, Path resolvConf, Path shm) {

    private static final Path HOST_SHM = Path.of("/dev/shm");

    static SandboxView of(PodSandbox pod, Layout layout) {
        Layout.Sandbox files = layout.sandbox(pod.id());
        boolean hostIpc = pod.config().namespaces().ipc() == NamespaceMode.NODE;
        return new SandboxView(
                files.hostname(),
                files.hosts(),
                files.resolvConf(),
                hostIpc ? HOST_SHM : files.shm());
    }
}
