package io.gantry.cri.translate;

import io.gantry.image.content.Descriptor;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.PushListener;
import io.gantry.proto.image.BlobPhase;
import io.gantry.proto.image.BlobProgress;
import io.gantry.proto.image.Pushed;

/** How pushes go. */
public final class PushProtos {

    private PushProtos() {}

    /** A part of the image. */
    public static BlobProgress blob(Descriptor part, PushListener.Phase phase, long sent) {
        return BlobProgress.newBuilder()
                .setId(part.digest().toString())
                .setMediaType(part.mediaType())
                .setPhase(phase(phase))
                .setBytes(sent)
                .setTotal(part.size())
                .build();
    }

    /** What a push came to. */
    public static Pushed toProto(ImageReference target, io.gantry.image.service.Pushed pushed) {
        return Pushed.newBuilder()
                .setReference(target.canonical())
                .setDigest(pushed.descriptor().digest().toString())
                .setSize(pushed.descriptor().size())
                .build();
    }

    private static BlobPhase phase(PushListener.Phase phase) {
        return switch (phase) {
            case WAITING -> BlobPhase.BLOB_PHASE_WAITING;
            case UPLOADING -> BlobPhase.BLOB_PHASE_UPLOADING;
            case EXISTS -> BlobPhase.BLOB_PHASE_EXISTS;
            case MOUNTED -> BlobPhase.BLOB_PHASE_MOUNTED;
            case DONE -> BlobPhase.BLOB_PHASE_DONE;
        };
    }
}
