package io.gantry.cli;

import io.gantry.proto.engine.KillContainerRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "kill", description = "Send a signal to the main process of containers.")
final class KillCommand extends GantrySubcommand {

    @Option(
            names = {"-s", "--signal"},
            paramLabel = "SIGNAL",
            description = "As HUP, SIGHUP or 1. Default: KILL.")
    private String signal = "KILL";

    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> names = List.of();

    KillCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws InterruptedException {
        return forEach(
                names,
                name -> {
                    engine().killContainer(
                                    KillContainerRequest.newBuilder()
                                            .setId(name)
                                            .setSignal(signal)
                                            .build());
                    streams().out().println(name);
                });
    }
}
