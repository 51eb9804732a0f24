package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.ImageResponses;
import io.gantry.image.content.Descriptor;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.Loaded;
import io.gantry.proto.image.LoadProgress;
import io.gantry.proto.image.LoadRequest;
import io.gantry.proto.image.LoadResponse;
import io.gantry.proto.image.SaveRequest;
import io.gantry.proto.image.SaveResponse;
import java.io.IOException;
import java.util.List;

/** The calls that move archives of images. Neither direction keeps more than a piece of one. */
final class ArchiveStreams {

    private static final long INTERVAL_MILLIS = 100;

    private final ImageArchives archives;
    private final Clock clock;

    ArchiveStreams(ImageArchives archives, Clock clock) {
        this.archives = archives;
        this.clock = clock;
    }

    void save(SaveRequest request, Outbound<SaveResponse> out) throws IOException {
        try (PieceStream pieces =
                new PieceStream(
                        piece -> out.send(SaveResponse.newBuilder().setData(piece).build()))) {
            archives.save(
                    ImageRequests.toDomain(request),
                    pieces,
                    ImageArchives.Listener.NONE,
                    CallContext.deadline(clock));
            pieces.flush();
        }
    }

    void load(Inbound<LoadRequest> in, Outbound<LoadResponse> out) throws InterruptedException {
        LoadRequest first = StreamCalls.first(in);
        LoadOrder order = ImageRequests.toDomain(first);
        Deadline deadline = CallContext.deadline(clock);
        LoadWatch watch = new LoadWatch();
        ReceivedStream archive = new ReceivedStream(first.getData(), in);
        try (Background<List<Loaded>> load =
                Background.start("load", () -> archives.load(order, archive, watch, deadline))) {
            LoadProgress told = LoadProgress.getDefaultInstance();
            while (!load.endsWithin(INTERVAL_MILLIS)) {
                LoadProgress now = watch.state();
                if (!now.equals(told)) {
                    out.send(LoadResponse.newBuilder().setProgress(now).build());
                    told = now;
                }
            }
            for (Loaded loaded : load.result()) {
                out.send(
                        LoadResponse.newBuilder()
                                .setLoaded(ImageResponses.toProto(loaded))
                                .build());
            }
        }
    }

    /** The latest of a load. */
    private static final class LoadWatch implements ImageArchives.Listener {

        private volatile String layer = "";
        private volatile long bytes;

        @Override
        public void phase(Descriptor layer, Phase phase) {
            if (phase == Phase.RECEIVING || phase == Phase.UNPACKING) {
                this.layer = layer.digest().toString();
            }
        }

        @Override
        public void transferred(long bytes) {
            this.bytes = bytes;
        }

        LoadProgress state() {
            return LoadProgress.newBuilder().setLayer(layer).setBytes(bytes).build();
        }
    }
}
