package io.gantry.cli;

import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.ImageStatusRequest;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.Pulled;
import io.grpc.StatusException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that makes a container, pulling its image where that is wanted. */
@Command
abstract class CreatingCommand extends GantrySubcommand {

    private enum PullPolicy {
        MISSING,
        ALWAYS,
        NEVER
    }

    @Mixin private final ContainerOptions container = new ContainerOptions();

    @Option(
            names = "--pull",
            paramLabel = "WHEN",
            description = "missing (default), always or never.")
    private PullPolicy pull = PullPolicy.MISSING;

    private final ProgressOptions progress = new ProgressOptions();

    CreatingCommand(GantryCommand root) {
        super(root);
    }

    final ContainerOptions container() {
        return container;
    }

    /**
     * Makes the container and tells the daemon's warnings.
     *
     * @param attached whether its input is that of this client, and ends with it
     */
    final CreateContainerResponse create(boolean attached)
            throws StatusException, InterruptedException {
        CreateContainerRequest request =
                container.toRequest(root().environment()).toBuilder()
                        .setStdinStays(container.interactive() && !attached)
                        .build();
        obtain(container.image());
        CreateContainerResponse created = engine().createContainer(request);
        created.getWarningsList().forEach(each -> streams().complain("warning: " + each));
        return created;
    }

    private void obtain(String image) throws StatusException, InterruptedException {
        boolean wanted =
                switch (pull) {
                    case ALWAYS -> true;
                    case NEVER -> false;
                    case MISSING -> !isHere(image);
                };
        if (!wanted) {
            return;
        }
        if (pull == PullPolicy.MISSING) {
            streams().complain("image " + image + " is not here; pulling it");
        }
        PullRequest request =
                PullRequest.newBuilder()
                        .setReference(image)
                        .setCredentials(new RegistryLogins(root().environment()).find(image))
                        .build();
        Pulled _ = new Pulling(channel(), streams(), progress).pull(request);
    }

    /** By the CRI's own call, which is made for this question. */
    private boolean isHere(String image) {
        ImageSpec spec = ImageSpec.newBuilder().setImage(image).build();
        return ImageServiceGrpc.newBlockingStub(channel())
                .imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build())
                .hasImage();
    }
}
