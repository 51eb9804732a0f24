package io.gantry.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "logout", description = "Forget a login to a registry.")
final class LogoutCommand extends GantrySubcommand {

    @Parameters(
            arity = "0..1",
            paramLabel = "SERVER",
            description = "A registry's host, with port if any; default: docker.io.")
    private String server = "";

    LogoutCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws IOException {
        String registry = RegistryName.parse(server);
        LoginFile file = LoginFile.of(root().environment());
        if (file.has(registry)) {
            file.remove(registry);
            streams().out().println("Removing login credentials for " + registry);
        } else {
            streams().out().println("Not logged in to " + registry);
        }
        streams().flush();
        return ExitCodes.OK;
    }
}
