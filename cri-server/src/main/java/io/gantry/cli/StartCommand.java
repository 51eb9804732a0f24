package io.gantry.cli;

import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.StartContainerRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "start", description = "Start created containers.")
final class StartCommand extends GantrySubcommand {

    @Option(
            names = {"-a", "--attach"},
            description = "Show its output and exit with its exit code.")
    private boolean attach;

    @Option(
            names = {"-i", "--interactive"},
            description = "Feed its standard input; implies --attach.")
    private boolean interactive;

    @Mixin private final DetachOption leaving = new DetachOption();

    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> names = List.of();

    StartCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        if (!attach && !interactive) {
            return forEach(names, this::start);
        }
        if (names.size() > 1) {
            throw new UsageException("one container at a time can be attached");
        }
        DetachKeys keys = leaving.keys();
        Terminal terminal = new Terminal();
        AttachRequest.Open.Builder open =
                AttachRequest.Open.newBuilder()
                        .setId(names.getFirst())
                        .setStart(true)
                        .setOutput(true)
                        .setStdin(interactive);
        terminal.size().ifPresent(open::setSize);
        return new Attachment(this, names.getFirst(), terminal, keys).run(open.build());
    }

    private void start(String name) {
        engine().startContainer(StartContainerRequest.newBuilder().setId(name).build());
        streams().out().println(name);
    }
}
