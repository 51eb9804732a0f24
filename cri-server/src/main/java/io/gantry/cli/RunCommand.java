package io.gantry.cli;

import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.StartContainerRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "run",
        description = "Make a container, run it, and exit with its exit code.",
        footer = {
            "",
            "Exits with 125 when Gantry fails, 126 when the command cannot be executed, 127 when"
                    + " it does not exist."
        })
final class RunCommand extends CreatingCommand {

    @Option(
            names = {"-d", "--detach"},
            description = "Leave it running and print its id.")
    private boolean detach;

    @Mixin private final DetachOption leaving = new DetachOption();

    RunCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        boolean interactive = container().interactive() && !detach;
        Terminal terminal = new Terminal();
        DetachKeys keys = leaving.keys();
        if (interactive && container().tty()) {
            terminal.require();
        }
        String id = create(!detach).getId();
        if (detach) {
            engine().startContainer(StartContainerRequest.newBuilder().setId(id).build());
            streams().out().println(id);
            return ExitCodes.OK;
        }
        AttachRequest.Open.Builder open =
                AttachRequest.Open.newBuilder()
                        .setId(id)
                        .setStart(true)
                        .setOutput(true)
                        .setStdin(interactive);
        if (container().tty()) {
            terminal.size().ifPresent(open::setSize);
        }
        return new Attachment(this, id, terminal, keys).run(open.build());
    }
}
