package io.gantry.cri.translate;

import io.gantry.runtime.container.ImageSpec;

/** Images. */
public final class ImageProtos {

    private ImageProtos() {}

    static ImageSpec toDomain(io.gantry.proto.cri.ImageSpec proto) {
        return new ImageSpec(
                proto.getImage(),
                proto.getAnnotationsMap(),
                proto.getUserSpecifiedImage(),
                proto.getRuntimeHandler(),
                proto.getImageRef());
    }

    static io.gantry.proto.cri.ImageSpec toProto(ImageSpec spec) {
        return io.gantry.proto.cri.ImageSpec.newBuilder()
                .setImage(spec.image())
                .putAllAnnotations(spec.annotations())
                .setUserSpecifiedImage(spec.userSpecifiedImage())
                .setRuntimeHandler(spec.runtimeHandler())
                .setImageRef(spec.imageRef())
                .build();
    }
}
