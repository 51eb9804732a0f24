package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.registry.RegistryUnavailableException;
import io.gantry.image.trust.SignatureRefusedException;
import io.gantry.proto.cri.AuthConfig;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.Image;
import io.gantry.proto.cri.ImageFilter;
import io.gantry.proto.cri.ImageFsInfoRequest;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.cri.ImageStatusResponse;
import io.gantry.proto.cri.ListImagesRequest;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveImageRequest;
import io.gantry.proto.cri.StreamImagesRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageServiceTest {

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private ImageServiceGrpc.ImageServiceBlockingStub images;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        images = ImageServiceGrpc.newBlockingStub(daemon.channel());
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void aPulledImageIsKnownByWhatPullAnswered() {
        String id = pull("busybox");
        ImageStatusResponse status = status(id);

        assertThat(status.getImage().getId()).isEqualTo(id).startsWith("sha256:");
        assertThat(status.getImage().getSize()).isEqualTo(7);
        assertThat(status.getImage().getPinned()).isTrue();
        assertThat(status.getInfoOrThrow("info"))
                .contains("\"chainID\":\"sha256:", "\"Cmd\":[\"sh\"]");
    }

    @Test
    void anImageThatIsNotHereHasAnEmptyStatus() {
        assertThat(status("nginx").hasImage()).isFalse();
    }

    @Test
    void listsAllOrTheOneThatIsNamed() {
        pull("busybox");
        pull("alpine");
        ImageFilter alpine = ImageFilter.newBuilder().setImage(spec("alpine")).build();

        assertThat(images.listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
                .hasSize(2);
        assertThat(
                        images.listImages(ListImagesRequest.newBuilder().setFilter(alpine).build())
                                .getImagesList())
                .hasSize(1);
        assertThat(
                        images.streamImages(StreamImagesRequest.getDefaultInstance())
                                .next()
                                .getImagesList())
                .hasSize(2);
    }

    @Test
    void removalOfWhatIsNotHereSucceeds() {
        pull("busybox");
        RemoveImageRequest request =
                RemoveImageRequest.newBuilder().setImage(spec("busybox")).build();

        assertThat(images.removeImage(request)).isNotNull();
        assertThat(images.removeImage(request)).isNotNull();
        assertThat(status("busybox").hasImage()).isFalse();
    }

    @Test
    void theUserOfAnImageIsANumberOrAName() {
        assertThat(user("").hasUid()).isFalse();
        assertThat(user("1003:1004").getUid().getValue()).isEqualTo(1003);
        assertThat(user("1003").getUsername()).isEmpty();
        assertThat(user("app:staff").getUsername()).isEqualTo("app");
        assertThat(user("app").hasUid()).isFalse();
    }

    @Test
    void anUnavailableRegistryIsReportedInTheKubeletsWords() {
        daemon.images.willFail(
                new RegistryUnavailableException("registry.local: connection refused", null));
        Status status = failure(() -> pull("registry.local/x"));

        assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
        assertThat(status.getDescription())
                .isEqualTo("RegistryUnavailable: registry.local: connection refused");
    }

    @Test
    void aRefusedSignatureIsReportedInTheKubeletsWords() {
        daemon.images.willFail(new SignatureRefusedException("registry.local/x: not signed"));
        Status status = failure(() -> pull("registry.local/x"));

        assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
        assertThat(status.getDescription())
                .isEqualTo("SignatureValidationFailed: registry.local/x: not signed");
    }

    @Test
    void refusedCredentialsAreReportedAsThat() {
        daemon.images.willFail(new PermissionDeniedException("registry.local: denied"));

        assertThat(failure(() -> pull("registry.local/x")).getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void credentialsComeInEveryForm() {
        String auth =
                Base64.getEncoder().encodeToString("me:secret".getBytes(StandardCharsets.UTF_8));
        assertThat(
                        images.pullImage(
                                PullImageRequest.newBuilder()
                                        .setImage(spec("busybox"))
                                        .setAuth(
                                                AuthConfig.newBuilder()
                                                        .setAuth(auth)
                                                        .setServerAddress("registry.local"))
                                        .build()))
                .isNotNull();

        assertThat(daemon.images.credentials().getFirst().username()).isEqualTo("me");
        assertThat(daemon.images.credentials().getFirst().password()).isEqualTo("secret");
        assertThat(daemon.images.credentials().getFirst().serverAddress())
                .isEqualTo("registry.local");
    }

    @Test
    void aRequestWithoutAnImageNamesTheField() {
        Status status = failure(() -> images.pullImage(PullImageRequest.getDefaultInstance()));

        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo("image.image is missing");
    }

    @Test
    void fsInfoTellsWhereAndHowMuch() {
        FilesystemUsage usage =
                images.imageFsInfo(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystems(0);

        assertThat(usage.getFsId().getMountpoint()).isEqualTo("/var/lib/gantry");
        assertThat(usage.getUsedBytes().getValue()).isEqualTo(12);
        assertThat(usage.getInodesUsed().getValue()).isEqualTo(3);
    }

    private Image user(String user) {
        daemon.images.haveUser(user);
        return status(pull("busybox")).getImage();
    }

    private String pull(String name) {
        return images.pullImage(PullImageRequest.newBuilder().setImage(spec(name)).build())
                .getImageRef();
    }

    private ImageStatusResponse status(String name) {
        return images.imageStatus(
                ImageStatusRequest.newBuilder().setImage(spec(name)).setVerbose(true).build());
    }

    private static ImageSpec spec(String name) {
        return ImageSpec.newBuilder().setImage(name).build();
    }

    private static Status failure(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }
}
