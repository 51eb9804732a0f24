package io.gantry.cli;

import io.grpc.Status;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rmi", description = "Remove images, each with all its names.")
final class RmiCommand extends GantrySubcommand {

    @Option(
            names = {"-f", "--force"},
            description = "An image that is not there is no failure.")
    private boolean force;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> names = List.of();

    RmiCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        return forEach(
                names,
                name -> {
                    // The CRI answers OK for an unknown image; a person wants to know of a typo.
                    if (!force && images().find(name).isEmpty()) {
                        throw Status.NOT_FOUND
                                .withDescription("no such image: " + name)
                                .asRuntimeException();
                    }
                    images().remove(name);
                    streams().out().println(name);
                });
    }
}
