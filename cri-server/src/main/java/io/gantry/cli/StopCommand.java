package io.gantry.cli;

import io.gantry.proto.engine.StopContainerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "stop", description = "Stop containers: their stop signal, then SIGKILL.")
final class StopCommand extends GantrySubcommand {

    @Option(
            names = {"-t", "--time", "--timeout"},
            paramLabel = "SECONDS",
            description = "Seconds until SIGKILL; 0 kills at once. Default: 10.")
    private @Nullable Long seconds;

    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> names = List.of();

    StopCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws InterruptedException {
        return forEach(
                names,
                name -> {
                    StopContainerRequest.Builder request =
                            StopContainerRequest.newBuilder().setId(name);
                    if (seconds != null) {
                        request.setTimeoutSeconds(seconds);
                    }
                    engine().stopContainer(request.build());
                    streams().out().println(name);
                });
    }
}
