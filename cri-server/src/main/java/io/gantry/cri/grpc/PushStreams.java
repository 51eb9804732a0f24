package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.PushProtos;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.ImagePusher;
import io.gantry.image.service.PushOrder;
import io.gantry.image.service.Pushed;
import io.gantry.proto.image.PushProgress;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.PushResponse;
import java.util.List;

/** The call that sends an image to a registry. */
final class PushStreams {

    private static final long INTERVAL_MILLIS = 100;

    private final ImageManager images;
    private final ImagePusher pusher;
    private final Clock clock;

    PushStreams(ImageManager images, ImagePusher pusher, Clock clock) {
        this.images = images;
        this.pusher = pusher;
        this.clock = clock;
    }

    void push(PushRequest request, Outbound<PushResponse> out) throws InterruptedException {
        String name = ImageRequests.required("image", request.getImage());
        Image image =
                images.find(name)
                        .orElseThrow(() -> new NotFoundException("image " + name + " is not here"));
        ImageReference target =
                request.getDestination().isEmpty()
                        ? ownName(name, image)
                        : ImageRequests.reference("destination", request.getDestination());
        PushOrder order = ImageRequests.toDomain(request, target, image.config().platform());
        Deadline deadline = CallContext.deadline(clock);
        PushWatch watch = new PushWatch();
        try (Background<Pushed> push =
                Background.start("push", () -> pusher.push(order, watch, deadline))) {
            boolean over = false;
            while (!over) {
                over = push.endsWithin(INTERVAL_MILLIS);
                tell(target, watch, out);
            }
            out.send(
                    PushResponse.newBuilder()
                            .setDone(PushProtos.toProto(target, push.result()))
                            .build());
        }
    }

    private static void tell(ImageReference target, PushWatch watch, Outbound<PushResponse> out)
            throws InterruptedException {
        List<PushWatch.Part> news = watch.news();
        if (news.isEmpty()) {
            return;
        }
        PushProgress.Builder progress = PushProgress.newBuilder().setReference(target.canonical());
        news.forEach(
                part ->
                        progress.addBlobs(
                                PushProtos.blob(part.descriptor(), part.phase(), part.sent())));
        out.send(PushResponse.newBuilder().setProgress(progress).build());
    }

    /** What it was named by, which must be a name that it has: an id says not where to go. */
    private static ImageReference ownName(String name, Image image) {
        ImageReference reference = ImageRequests.reference("image", name);
        boolean named =
                reference.digest() != null
                        || reference.repoTag().filter(image.repoTags()::contains).isPresent();
        if (!named) {
            throw new InvalidArgumentException(
                    "image " + name + " is named by its id: say what to push it as");
        }
        return reference;
    }
}
