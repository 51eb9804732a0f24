package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.PullProtos;
import io.gantry.image.content.Digest;
import io.gantry.image.pulls.Follower;
import io.gantry.image.pulls.PullState;
import io.gantry.image.pulls.PullState.LayerState;
import io.gantry.image.pulls.RunningPulls;
import io.gantry.proto.image.AttachPullRequest;
import io.gantry.proto.image.ListPullsRequest;
import io.gantry.proto.image.ListPullsResponse;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.PullResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls about pulls. Whoever follows one reads its state when the client takes more. */
final class PullStreams {

    private final RunningPulls pulls;
    private final Clock clock;

    PullStreams(RunningPulls pulls, Clock clock) {
        this.pulls = pulls;
        this.clock = clock;
    }

    void pull(PullRequest request, Outbound<PullResponse> out) throws InterruptedException {
        follow(pulls.pull(ImageRequests.toDomain(request)), out);
    }

    void attach(AttachPullRequest request, Outbound<PullResponse> out) throws InterruptedException {
        follow(pulls.attach(ImageRequests.reference("reference", request.getReference())), out);
    }

    ListPullsResponse list(ListPullsRequest request, Deadline deadline) {
        ListPullsResponse.Builder response = ListPullsResponse.newBuilder();
        pulls.list().forEach(state -> response.addPulls(PullProtos.toProto(state)));
        return response.build();
    }

    private void follow(Follower joined, Outbound<PullResponse> out) throws InterruptedException {
        Deadline deadline = CallContext.deadline(clock);
        Map<Digest, LayerState> told = new HashMap<>();
        try (Follower follower = joined) {
            Optional<PullState> state = follower.next(deadline);
            while (state.isPresent()) {
                out.send(
                        PullResponse.newBuilder()
                                .setProgress(
                                        PullProtos.toProto(state.get(), news(state.get(), told)))
                                .build());
                state = follower.next(deadline);
            }
            out.send(
                    PullResponse.newBuilder()
                            .setDone(PullProtos.toProto(follower.await(deadline)))
                            .build());
        }
    }

    /** The layers that are not as they were told last. */
    private static List<LayerState> news(PullState state, Map<Digest, LayerState> told) {
        List<LayerState> news = new ArrayList<>();
        for (LayerState layer : state.layers()) {
            if (!layer.equals(told.put(layer.digest(), layer))) {
                news.add(layer);
            }
        }
        return news;
    }
}
