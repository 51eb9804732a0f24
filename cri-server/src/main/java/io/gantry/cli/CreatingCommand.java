package io.gantry.cli;

import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
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

    CreatingCommand(GantryCommand root) {
        super(root);
    }

    final ContainerOptions container() {
        return container;
    }

    /** Makes the container and tells the daemon's warnings. */
    final CreateContainerResponse create() {
        CreateContainerRequest request = container.toRequest(root().environment());
        obtain(container.image());
        CreateContainerResponse created = engine().createContainer(request);
        created.getWarningsList().forEach(each -> streams().complain("warning: " + each));
        return created;
    }

    private void obtain(String image) {
        boolean wanted =
                switch (pull) {
                    case ALWAYS -> true;
                    case NEVER -> false;
                    case MISSING -> images().find(image).isEmpty();
                };
        if (wanted) {
            streams()
                    .complain(
                            pull == PullPolicy.MISSING
                                    ? "image " + image + " is not here; pulling it"
                                    : "pulling " + image);
            images().pull(image, null);
        }
    }
}
