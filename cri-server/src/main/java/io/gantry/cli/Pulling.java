package io.gantry.cli;

import io.gantry.proto.image.AttachPullRequest;
import io.gantry.proto.image.ImagesGrpc;
import io.gantry.proto.image.LayerProgress;
import io.gantry.proto.image.PullProgress;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.PullResponse;
import io.gantry.proto.image.Pulled;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pulls, followed to their end and shown on the way. */
final class Pulling {

    private final ImagesGrpc.ImagesBlockingV2Stub service;
    private final Streams streams;
    private final ProgressOptions progress;

    Pulling(Channel channel, Streams streams, ProgressOptions progress) {
        this.service = ImagesGrpc.newBlockingV2Stub(channel);
        this.streams = streams;
        this.progress = progress;
    }

    Pulled pull(PullRequest request) throws StatusException, InterruptedException {
        return follow(service.pull(request));
    }

    /** Follows a pull that runs already. */
    Pulled attach(String reference) throws StatusException, InterruptedException {
        return follow(
                service.attachPull(AttachPullRequest.newBuilder().setReference(reference).build()));
    }

    private Pulled follow(BlockingClientCall<?, PullResponse> call)
            throws StatusException, InterruptedException {
        ProgressView view = progress.view(streams);
        Map<String, LayerProgress> layers = new LinkedHashMap<>();
        boolean begun = false;
        for (PullResponse answer = call.read(); answer != null; answer = call.read()) {
            progress.pass(streams, answer);
            if (answer.hasDone()) {
                return answer.getDone();
            }
            if (!begun) {
                begun = true;
                progress.say(streams, title(answer.getProgress()));
            }
            answer.getProgress().getLayersList().forEach(layer -> layers.put(layer.getId(), layer));
            List<ProgressRow> rows = layers.values().stream().map(ProgressRow::of).toList();
            view.show(rows);
        }
        throw Status.INTERNAL
                .withDescription("the daemon ended the pull without an answer")
                .asException();
    }

    private static String title(PullProgress first) {
        String reference = first.getReference();
        int at = reference.indexOf('@');
        int end = at >= 0 ? at : ImageName.tagStart(reference);
        String target = reference.substring(Math.min(reference.length(), end + 1));
        return target + ": Pulling from " + reference.substring(0, end);
    }
}
