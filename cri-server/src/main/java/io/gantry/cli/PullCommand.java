package io.gantry.cli;

import io.gantry.proto.image.PullRequest;
import io.gantry.proto.image.Pulled;
import io.grpc.StatusException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "pull", description = "Pull images from their registries.")
final class PullCommand extends GantrySubcommand {

    @Mixin private final RegistryOptions registry = new RegistryOptions();
    @Mixin private final ProgressOptions progress = new ProgressOptions();

    @Option(
            names = "--attach",
            description = "Pull nothing; follow a pull that runs already, whoever began it.")
    private boolean attach;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> names = List.of();

    PullCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws InterruptedException {
        return forEach(names, this::pull);
    }

    private void pull(String name) throws StatusException, InterruptedException {
        Pulling pulling = new Pulling(channel(), streams(), progress);
        Pulled pulled = attach ? pulling.attach(name) : pulling.pull(request(name));
        progress.say(streams(), "Digest: " + pulled.getDigest());
        progress.say(
                streams(),
                pulled.getUpToDate()
                        ? "Status: Image is up to date for " + pulled.getReference()
                        : "Status: Downloaded newer image for " + pulled.getReference());
        if (progress.quiet()) {
            streams().out().println(pulled.getReference());
        } else if (!progress.json()) {
            streams().out().println(withDigest(pulled.getReference(), pulled.getDigest()));
        }
        streams().flush();
    }

    private PullRequest request(String name) {
        return PullRequest.newBuilder()
                .setReference(name)
                .setPlatform(registry.platform())
                .setCredentials(registry.credentials(name, root().environment()))
                .build();
    }

    /** What names this very image for ever. */
    static String withDigest(String reference, String digest) {
        return reference.indexOf('@') >= 0 ? reference : reference + "@" + digest;
    }
}
