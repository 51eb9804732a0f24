package io.gantry.cri.grpc;

import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.StreamImagesResponse;
import io.grpc.ServerServiceDefinition;

/** Binds each method of the CRI's ImageService to the function that serves it. */
final class ImageService {

    private static final int BATCH = 500;

    private ImageService() {}

    static ServerServiceDefinition bind(ImageEndpoint images, UnaryCalls calls) {
        return ServerServiceDefinition.builder(ImageServiceGrpc.getServiceDescriptor())
                .addMethod(ImageServiceGrpc.getListImagesMethod(), calls.unary(images::list))
                .addMethod(
                        ImageServiceGrpc.getStreamImagesMethod(),
                        calls.batches(
                                images::stream,
                                BATCH,
                                batch ->
                                        StreamImagesResponse.newBuilder()
                                                .addAllImages(batch)
                                                .build()))
                .addMethod(ImageServiceGrpc.getImageStatusMethod(), calls.unary(images::status))
                .addMethod(ImageServiceGrpc.getPullImageMethod(), calls.interruptible(images::pull))
                .addMethod(ImageServiceGrpc.getRemoveImageMethod(), calls.unary(images::remove))
                .addMethod(ImageServiceGrpc.getImageFsInfoMethod(), calls.unary(images::fsInfo))
                .build();
    }
}
