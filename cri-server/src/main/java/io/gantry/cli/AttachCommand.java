package io.gantry.cli;

import io.gantry.proto.engine.AttachRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "attach",
        description =
                "Join the input and output of a running container, from now on, and exit with its"
                        + " exit code.")
final class AttachCommand extends GantrySubcommand {

    @Mixin private final DetachOption detach = new DetachOption();

    @Option(names = "--no-stdin", description = "Only show its output.")
    private boolean noStdin;

    @Parameters(paramLabel = "CONTAINER")
    private String name = "";

    AttachCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        Terminal terminal = new Terminal();
        AttachRequest.Open.Builder open =
                AttachRequest.Open.newBuilder().setId(name).setOutput(true).setStdin(!noStdin);
        terminal.size().ifPresent(open::setSize);
        return new Attachment(this, name, terminal, detach.keys()).run(open.build());
    }
}
