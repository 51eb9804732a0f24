package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.FsUsage;
import io.gantry.image.service.Image;
import io.gantry.proto.cri.AuthConfig;
import io.gantry.proto.cri.FilesystemIdentifier;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.UInt64Value;
import io.gantry.runtime.container.ImageSpec;

/** Images. */
public final class ImageProtos {

    private static final int MAX_UID_DIGITS = 10;

    private ImageProtos() {}

    /**
     * The image that a request names.
     *
     * @throws InvalidArgumentException when it names none
     */
    public static String name(io.gantry.proto.cri.ImageSpec proto) {
        return Fields.required("image.image", proto.getImage());
    }

    /** What the registry is told about who asks. */
    public static Credentials credentials(AuthConfig proto) {
        return new Credentials(
                        proto.getUsername(),
                        proto.getPassword(),
                        proto.getIdentityToken(),
                        proto.getRegistryToken(),
                        proto.getServerAddress())
                .withAuth(proto.getAuth());
    }

    /** An image with all that a client is told. */
    public static io.gantry.proto.cri.Image toProto(Image image) {
        io.gantry.proto.cri.Image.Builder proto =
                io.gantry.proto.cri.Image.newBuilder()
                        .setId(image.id().toString())
                        .addAllRepoTags(image.repoTags())
                        .addAllRepoDigests(image.repoDigests())
                        .setSize(image.size())
                        .setPinned(image.pinned());
        setUser(image.config().defaults().user(), proto);
        return proto.build();
    }

    /** Use of the file system of images. */
    public static FilesystemUsage toProto(FsUsage usage) {
        return FilesystemUsage.newBuilder()
                .setTimestamp(Fields.nanos(usage.measured()))
                .setFsId(
                        FilesystemIdentifier.newBuilder()
                                .setMountpoint(usage.mountpoint().toString()))
                .setUsedBytes(UInt64Value.newBuilder().setValue(usage.usedBytes()))
                .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodesUsed()))
                .build();
    }

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

    /** The kubelet checks runAsNonRoot by it; the group does not count. */
    private static void setUser(String user, io.gantry.proto.cri.Image.Builder proto) {
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        boolean number =
                !name.isEmpty()
                        && name.length() <= MAX_UID_DIGITS
                        && name.chars().allMatch(c -> c >= '0' && c <= '9');
        if (number) {
            proto.setUid(Fields.number(Long.parseLong(name)));
        } else {
            proto.setUsername(name);
        }
    }
}
