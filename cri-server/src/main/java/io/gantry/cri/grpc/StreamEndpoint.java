package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.streaming.StreamingServer;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.session.StreamRequest.Wanted;
import io.gantry.proto.cri.AttachRequest;
import io.gantry.proto.cri.AttachResponse;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.ExecResponse;
import io.gantry.proto.cri.PortForwardRequest;
import io.gantry.proto.cri.PortForwardResponse;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.ExecManager;
import io.gantry.runtime.service.PodPorts;
import java.util.List;

/** The CRI's calls that answer with an URL. What they ask for begins when somebody connects. */
final class StreamEndpoint {

    private static final int LAST_PORT = 65535;

    private final ExecManager execs;
    private final PodPorts ports;
    private final CriOwnership ownership;
    private final StreamingServer server;

    StreamEndpoint(
            ExecManager execs, PodPorts ports, CriOwnership ownership, StreamingServer server) {
        this.execs = execs;
        this.ports = ports;
        this.ownership = ownership;
        this.server = server;
    }

    ExecResponse exec(ExecRequest request, Deadline deadline) {
        if (request.getCmdCount() == 0) {
            throw new InvalidArgumentException("cmd is missing");
        }
        Wanted wanted =
                checked(
                        new Wanted(
                                request.getStdin(),
                                request.getStdout(),
                                request.getStderr(),
                                request.getTty()));
        String id =
                ownership
                        .getContainer(request.getContainerId())
                        .requireRunning("execute in")
                        .id()
                        .value();
        List<String> command = List.copyOf(request.getCmdList());
        var start =
                io.gantry.runtime.exec.ExecRequest.of(
                        id, command, wanted.terminal(), wanted.stdin());
        String url =
                server.url(
                        new StreamRequest.Process(
                                "exec", wanted, size -> execs.exec(start.with(size)), true));
        return ExecResponse.newBuilder().setUrl(url).build();
    }

    AttachResponse attach(AttachRequest request, Deadline deadline) {
        Wanted wanted =
                checked(
                        new Wanted(
                                request.getStdin(),
                                request.getStdout(),
                                request.getStderr(),
                                request.getTty()));
        Container container =
                ownership.getContainer(request.getContainerId()).requireRunning("attach to");
        String id = container.id().value();
        boolean output = wanted.stdout() || wanted.stderr();
        String url =
                server.url(
                        new StreamRequest.Process(
                                "attach",
                                wanted,
                                size -> execs.attach(id, wanted.stdin(), output),
                                container.config().stdinOnce()));
        return AttachResponse.newBuilder().setUrl(url).build();
    }

    PortForwardResponse portForward(PortForwardRequest request, Deadline deadline) {
        for (int port : request.getPortList()) {
            if (port < 1 || port > LAST_PORT) {
                throw new InvalidArgumentException("port " + port + " is none: 1 to 65535 are");
            }
        }
        PodSandbox pod = ownership.getPod(request.getPodSandboxId());
        if (!pod.isReady()) {
            throw new FailedPreconditionException(
                    "cannot forward ports of pod sandbox " + pod.id() + ": it is not ready");
        }
        String id = pod.id().value();
        List<Integer> named = request.getPortList();
        String url = server.url(new StreamRequest.Ports(id, named, port -> ports.dial(id, port)));
        return PortForwardResponse.newBuilder().setUrl(url).build();
    }

    private static Wanted checked(Wanted wanted) {
        if (wanted.terminal() && wanted.stderr()) {
            throw new InvalidArgumentException(
                    "tty and stderr are both set: a terminal has no standard error of its own");
        }
        if (!wanted.stdin() && !wanted.stdout() && !wanted.stderr()) {
            throw new InvalidArgumentException(
                    "none of stdin, stdout and stderr is set: there is nothing to stream");
        }
        return wanted;
    }
}
