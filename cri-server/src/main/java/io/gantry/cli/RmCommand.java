package io.gantry.cli;

import io.gantry.proto.engine.RemoveContainerRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rm", description = "Remove containers with their pods.")
final class RmCommand extends GantrySubcommand {

    @Option(
            names = {"-f", "--force"},
            description = "Kill those that run.")
    private boolean force;

    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> names = List.of();

    RmCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws InterruptedException {
        return forEach(
                names,
                name -> {
                    engine().removeContainer(
                                    RemoveContainerRequest.newBuilder()
                                            .setId(name)
                                            .setForce(force)
                                            .build());
                    streams().out().println(name);
                });
    }
}
