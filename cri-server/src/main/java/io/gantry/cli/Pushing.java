package io.gantry.cli;

import io.gantry.proto.image.BlobProgress;
import io.gantry.proto.image.ImagesGrpc;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.PushResponse;
import io.gantry.proto.image.Pushed;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Pushes, followed to their end and shown on the way. */
final class Pushing {

    private final Channel channel;
    private final ProgressView view;
    private final Consumer<PushResponse> listener;

    /**
     * Pushes by a channel.
     *
     * @param listener is told every answer
     */
    Pushing(Channel channel, ProgressView view, Consumer<PushResponse> listener) {
        this.channel = channel;
        this.view = view;
        this.listener = listener;
    }

    Pushed push(PushRequest request) throws StatusException, InterruptedException {
        BlockingClientCall<?, PushResponse> call =
                ImagesGrpc.newBlockingV2Stub(channel).push(request);
        Map<String, ProgressRow> rows = new LinkedHashMap<>();
        for (PushResponse answer = call.read(); answer != null; answer = call.read()) {
            listener.accept(answer);
            if (answer.hasDone()) {
                return answer.getDone();
            }
            for (BlobProgress blob : answer.getProgress().getBlobsList()) {
                if (isLayer(blob)) {
                    rows.put(blob.getId(), ProgressRow.of(blob));
                }
            }
            view.show(rows.values().stream().toList());
        }
        throw Status.INTERNAL
                .withDescription("the daemon ended the push without an answer")
                .asException();
    }

    /** Configurations and manifests are too small for anybody to wait for. */
    private static boolean isLayer(BlobProgress blob) {
        return blob.getMediaType().contains(".layer.") || blob.getMediaType().contains(".rootfs.");
    }
}
