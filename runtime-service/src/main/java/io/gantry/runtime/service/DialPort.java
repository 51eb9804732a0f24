package io.gantry.runtime.service;

import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxState;
import java.io.IOException;
import java.net.InetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to a port of a pod. A socket belongs to the network namespace of the process that made
 * it, for good, whoever holds it: so the pod's shim starts a process that connects, and the daemon
 * takes the socket over. What passes through it then does not pass the shim.
 */
final class DialPort implements PodPorts {

    private static final Logger log = LoggerFactory.getLogger(DialPort.class);

    private static final int LAST_PORT = 65535;
    private static final InetAddress LOCALHOST = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOCALHOST6 = InetAddress.ofLiteral("::1");

    private final RuntimeState state;
    private final Shims shims;
    private final ProcessLauncher launcher;
    private final Syscalls syscalls;

    DialPort(RuntimeState state, Shims shims, ProcessLauncher launcher, Syscalls syscalls) {
        this.state = state;
        this.shims = shims;
        this.launcher = launcher;
        this.syscalls = syscalls;
    }

    @Override
    public int dial(String id, int port) {
        if (port < 1 || port > LAST_PORT) {
            throw new InvalidArgumentException("port " + port + " is none: 1 to 65535 are");
        }
        PodSandbox pod = state.pod(id);
        if (pod.state() != PodSandboxState.READY) {
            throw new FailedPreconditionException(
                    "cannot connect to a port of pod sandbox " + pod.id() + ": it is not ready");
        }
        Shim shim = shims.get(pod.id());
        try {
            return dial(shim, LOCALHOST, port);
        } catch (StartFailedException | IOException e) {
            try {
                return dial(shim, LOCALHOST6, port);
            } catch (StartFailedException | IOException also) {
                e.addSuppressed(also);
                throw new UnavailableException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    private int dial(Shim shim, InetAddress address, int port) throws IOException {
        String id = "dial-" + Ids.random();
        int pid = launcher.dial(shim, id, address, port);
        int taken = -1;
        try {
            taken = take(pid);
            // That it could be killed says that it was itself: its pid was nobody else's till now.
            shim.signal(id, Signal.SIGKILL.number());
            int socket = taken;
            taken = -1;
            return socket;
        } finally {
            if (taken >= 0) {
                syscalls.close(taken);
            }
            // Who dials need not wait until the process is reaped, which takes longer than all
            // else.
            Tasks.start("dial-end", () -> forget(shim, id));
        }
    }

    private int take(int pid) throws ErrnoException {
        int process = syscalls.pidfd_open(pid);
        try {
            return syscalls.pidfd_getfd(process, LaunchCompiler.DIALLED);
        } finally {
            syscalls.close(process);
        }
    }

    private void forget(Shim shim, String id) {
        try {
            SandboxTeardown.forget(shim, id, state.clock());
        } catch (IOException e) {
            // It goes with the pod, if not before.
            log.atDebug().addKeyValue("dial", id).setCause(e).log("not forgotten");
        }
    }
}
