package io.gantry.e2e.harness;

import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.ContainerEventType;
import io.gantry.proto.cri.GetEventsRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A client that listens to what happens to pods, as a kubelet with EventedPLEG does. */
public final class EventListener implements AutoCloseable {

    private final BlockingClientCall<?, ContainerEventResponse> call;

    /** Begins; the first that does also gets what nobody heard before. */
    public EventListener(Cri cri) {
        call =
                RuntimeServiceGrpc.newBlockingV2Stub(cri.channel())
                        .getContainerEvents(GetEventsRequest.getDefaultInstance());
    }

    /** Has pods come and go until it is told of one: then it is told of everything. */
    public void awaitTaken(Cri cri, PodSandboxConfig pod) {
        Await.until(
                "an event",
                Await.seconds(60),
                () -> {
                    cri.removePod(cri.runPod(pod));
                    return call.read(100, TimeUnit.MILLISECONDS) != null;
                });
    }

    /** Waits for the next event. */
    public ContainerEventResponse next()
            throws InterruptedException, TimeoutException, StatusException {
        ContainerEventResponse event =
                call.read(Await.seconds(60).toMillis(), TimeUnit.MILLISECONDS);
        if (event == null) {
            throw new AssertionError("the stream ended without a failure");
        }
        return event;
    }

    /** Those of a pod, up to its removal. */
    public List<ContainerEventResponse> untilDeleted(String pod)
            throws InterruptedException, TimeoutException, StatusException {
        List<ContainerEventResponse> events = new ArrayList<>();
        ContainerEventResponse event;
        do {
            event = next();
            if (event.getPodSandboxStatus().getId().equals(pod)) {
                events.add(event);
            }
        } while (!event.getContainerId().equals(pod)
                || event.getContainerEventType() != ContainerEventType.CONTAINER_DELETED_EVENT);
        return events;
    }

    @Override
    public void close() {
        call.cancel("done", null);
    }
}
