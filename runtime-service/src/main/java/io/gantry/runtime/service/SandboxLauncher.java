package io.gantry.runtime.service;

import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;

/** Starts the supervisor of a pod inside the pod's new namespaces. */
@FunctionalInterface
interface SandboxLauncher {

    /**
     * Starts it; its socket accepts connections afterwards, the namespaces are pinned.
     *
     * @throws IOException naming the step that failed; no process is left then
     */
    ShimProcess launch(PodSandbox pod) throws IOException;
}
