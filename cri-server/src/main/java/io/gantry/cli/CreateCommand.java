package io.gantry.cli;

import picocli.CommandLine.Command;

@Command(name = "create", description = "Make a container without starting it.")
final class CreateCommand extends CreatingCommand {

    CreateCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws Exception {
        streams().out().println(create(true).getId());
        return ExitCodes.OK;
    }
}
