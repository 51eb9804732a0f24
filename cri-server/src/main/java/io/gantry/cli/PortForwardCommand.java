package io.gantry.cli;

import io.gantry.base.Signals;
import io.gantry.base.Tasks;
import io.gantry.proto.engine.FindPodRequest;
import io.gantry.proto.engine.Pod;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "port-forward",
        description = "Have ports of this machine stand for ports of a pod, until interrupted.")
final class PortForwardCommand extends GantrySubcommand {

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            split = ",",
            description = "Where to listen: IP addresses, or localhost, which is the default.")
    private List<String> addresses = List.of("localhost");

    @Parameters(
            index = "0",
            paramLabel = "POD|CONTAINER",
            description = "Id, name, or NAMESPACE/NAME.")
    private String target = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "[LOCAL:]REMOTE",
            description = ":REMOTE takes any free port of this machine.")
    private List<String> ports = List.of();

    private final BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();

    PortForwardCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<ForwardedPort> wanted = ports.stream().map(ForwardedPort::parse).toList();
        Pod pod = engine().findPod(FindPodRequest.newBuilder().setName(target).build()).getPod();
        if (!pod.getReady()) {
            streams().complain("cannot forward ports of pod " + pod.getId() + ": it is not ready");
            return ExitCodes.FAILED;
        }
        List<PortListener> listeners = new ArrayList<>();
        try {
            for (ForwardedPort port : wanted) {
                listeners.addAll(PortListener.open(addresses, port));
            }
            for (String signal : List.of("INT", "TERM", "HUP")) {
                Signals.handle(signal, _ -> ended.add(ExitCodes.OK));
            }
            for (PortListener listener : listeners) {
                say("Forwarding from " + listener);
                Tasks.start("forward", () -> serve(listener, pod.getId()));
            }
            return ended.take();
        } finally {
            PortListener.closeAll(listeners);
        }
    }

    /** Until the listener is closed. */
    private void serve(PortListener listener, String pod) {
        try {
            while (true) {
                Socket socket = listener.accept();
                say("Handling connection for " + listener.localPort());
                Tasks.start("connection", () -> relay(listener, socket, pod));
            }
        } catch (IOException e) {
            if (ended.isEmpty()) {
                streams().complain("cannot forward " + listener + ": " + Failures.text(e));
                ended.add(ExitCodes.FAILED);
            }
        }
    }

    private void relay(PortListener listener, Socket socket, String pod) {
        try {
            new PortRelay(channel(), socket).run(pod, listener.remotePort());
        } catch (StatusException e) {
            complain(listener, e.getStatus());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One that fails does not end the others, unless there is no pod any more. */
    private void complain(PortListener listener, Status failure) {
        if (failure.getCode() == Status.Code.CANCELLED) {
            return;
        }
        streams()
                .complain(
                        "cannot forward "
                                + listener
                                + ": "
                                + Failures.explain(failure, root().address()));
        if (failure.getCode() == Status.Code.NOT_FOUND
                || failure.getCode() == Status.Code.FAILED_PRECONDITION) {
            ended.add(ExitCodes.FAILED);
        }
    }

    private void say(String line) {
        streams().out().println(line);
        streams().out().flush();
    }
}
