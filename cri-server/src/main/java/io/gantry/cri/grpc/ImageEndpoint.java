package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.UnknownException;
import io.gantry.cri.translate.ImageProtos;
import io.gantry.cri.translate.VerboseInfo;
import io.gantry.image.pulls.Follower;
import io.gantry.image.pulls.RunningPulls;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryUnavailableException;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.PullOrder;
import io.gantry.image.trust.SignatureRefusedException;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageFilter;
import io.gantry.proto.cri.ImageFsInfoRequest;
import io.gantry.proto.cri.ImageFsInfoResponse;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ImageStatusResponse;
import io.gantry.proto.cri.ListImagesRequest;
import io.gantry.proto.cri.ListImagesResponse;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.PullImageResponse;
import io.gantry.proto.cri.RemoveImageRequest;
import io.gantry.proto.cri.RemoveImageResponse;
import io.gantry.proto.cri.StreamImagesRequest;
import java.util.List;

/** The CRI's calls about images. */
final class ImageEndpoint {

    /** What the kubelet looks for at the beginning of a message, to tell its user. */
    private static final String REGISTRY_UNAVAILABLE = "RegistryUnavailable: ";

    private static final String SIGNATURE_REFUSED = "SignatureValidationFailed: ";

    private final ImageManager images;
    private final RunningPulls pulls;

    ImageEndpoint(ImageManager images, RunningPulls pulls) {
        this.images = images;
        this.pulls = pulls;
    }

    PullImageResponse pull(PullImageRequest request, Deadline deadline)
            throws InterruptedException {
        ImageReference reference = ImageReference.parse(ImageProtos.name(request.getImage()));
        PullOrder order = PullOrder.of(reference, ImageProtos.credentials(request.getAuth()));
        try (Follower follower = pulls.pull(order)) {
            return PullImageResponse.newBuilder()
                    .setImageRef(follower.await(deadline).image().id().toString())
                    .build();
        } catch (RegistryUnavailableException e) {
            throw new UnknownException(REGISTRY_UNAVAILABLE + e.getMessage(), e);
        } catch (SignatureRefusedException e) {
            throw new UnknownException(SIGNATURE_REFUSED + e.getMessage(), e);
        }
    }

    ListImagesResponse list(ListImagesRequest request, Deadline deadline) {
        return ListImagesResponse.newBuilder().addAllImages(matching(request.getFilter())).build();
    }

    List<Image> stream(StreamImagesRequest request, Deadline deadline) {
        return matching(request.getFilter());
    }

    ImageStatusResponse status(ImageStatusRequest request, Deadline deadline) {
        ImageStatusResponse.Builder response = ImageStatusResponse.newBuilder();
        images.find(ImageProtos.name(request.getImage()))
                .ifPresent(
                        image -> {
                            response.setImage(ImageProtos.toProto(image));
                            if (request.getVerbose()) {
                                response.putInfo("info", VerboseInfo.of(image));
                            }
                        });
        return response.build();
    }

    RemoveImageResponse remove(RemoveImageRequest request, Deadline deadline) {
        images.remove(ImageProtos.name(request.getImage()));
        return RemoveImageResponse.getDefaultInstance();
    }

    ImageFsInfoResponse fsInfo(ImageFsInfoRequest request, Deadline deadline) {
        FilesystemUsage usage = ImageProtos.toProto(images.fsInfo());
        // Containers write to the file system that images are on.
        return ImageFsInfoResponse.newBuilder()
                .addImageFilesystems(usage)
                .addContainerFilesystems(usage)
                .build();
    }

    private List<Image> matching(ImageFilter filter) {
        String name = filter.getImage().getImage();
        List<io.gantry.image.service.Image> found =
                name.isEmpty() ? images.list() : images.find(name).stream().toList();
        return found.stream().map(ImageProtos::toProto).toList();
    }
}
