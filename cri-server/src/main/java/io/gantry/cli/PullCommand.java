package io.gantry.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "pull", description = "Pull images from their registries.")
final class PullCommand extends GantrySubcommand {

    @Option(
            names = "--creds",
            paramLabel = "USER:PASSWORD",
            description = "Log in to the registry with these.")
    private @Nullable String credentials;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print the image id only.")
    private boolean quiet;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> names = List.of();

    PullCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        return forEach(
                names,
                name -> {
                    if (!quiet) {
                        streams().err().println("Pulling " + name);
                        streams().err().flush();
                    }
                    streams().out().println(images().pull(name, credentials));
                });
    }
}
