package io.gantry.cli;

import io.gantry.proto.cri.AuthConfig;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ImageStatusResponse;
import io.gantry.proto.cri.ListImagesRequest;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveImageRequest;
import io.grpc.Channel;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The calls of the CRI's image service that the client makes. */
final class Images {

    private final ImageServiceGrpc.ImageServiceBlockingStub service;

    Images(Channel channel) {
        this.service = ImageServiceGrpc.newBlockingStub(channel);
    }

    List<Image> list() {
        return service.listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
    }

    /** The image of a reference, id or prefix of an id that is on this node. */
    Optional<Image> find(String image) {
        ImageStatusResponse answer =
                service.imageStatus(ImageStatusRequest.newBuilder().setImage(spec(image)).build());
        return answer.hasImage() ? Optional.of(answer.getImage()) : Optional.empty();
    }

    /**
     * Pulls an image and returns its id.
     *
     * @param credentials {@code user:password}, or null for anonymous
     */
    String pull(String image, @Nullable String credentials) {
        PullImageRequest.Builder request = PullImageRequest.newBuilder().setImage(spec(image));
        if (credentials != null) {
            request.setAuth(parseCredentials(credentials));
        }
        return service.pullImage(request.build()).getImageRef();
    }

    /** Removes an image with all its names; one that is not there succeeds. */
    void remove(String image) {
        service.removeImage(RemoveImageRequest.newBuilder().setImage(spec(image)).build());
    }

    private static AuthConfig parseCredentials(String credentials) {
        int colon = credentials.indexOf(':');
        if (colon < 1) {
            throw new UsageException("credentials must be USER:PASSWORD");
        }
        return AuthConfig.newBuilder()
                .setUsername(credentials.substring(0, colon))
                .setPassword(credentials.substring(colon + 1))
                .build();
    }

    private static ImageSpec spec(String image) {
        return ImageSpec.newBuilder().setImage(image).setUserSpecifiedImage(image).build();
    }
}
