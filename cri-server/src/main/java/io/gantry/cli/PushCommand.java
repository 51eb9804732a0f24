package io.gantry.cli;

import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.Pushed;
import io.grpc.StatusException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "push", description = "Send an image to a registry.")
final class PushCommand extends GantrySubcommand {

    @Mixin private final RegistryOptions registry = new RegistryOptions();
    @Mixin private final ProgressOptions progress = new ProgressOptions();

    @Option(
            names = "--all-platforms",
            description = "The index with every platform in it, all of which must be here.")
    private boolean allPlatforms;

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A reference or an id.")
    private String image = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "DESTINATION",
            description = "What to call it there; default: IMAGE.")
    private String destination = "";

    PushCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws StatusException, InterruptedException {
        String target = destination.isEmpty() ? image : destination;
        PushRequest request =
                PushRequest.newBuilder()
                        .setImage(image)
                        .setDestination(destination)
                        .setPlatform(registry.platform())
                        .setAllPlatforms(allPlatforms)
                        .setCredentials(registry.credentials(target, root().environment()))
                        .build();
        progress.say(
                streams(), "The push refers to repository [" + ImageName.repository(target) + "]");
        Pushed pushed =
                new Pushing(
                                channel(),
                                progress.view(streams()),
                                answer -> progress.pass(streams(), answer))
                        .push(request);
        progress.say(streams(), "digest: " + pushed.getDigest() + " size: " + pushed.getSize());
        if (progress.quiet()) {
            streams().out().println(pushed.getReference());
        } else if (!progress.json()) {
            streams()
                    .out()
                    .println(PullCommand.withDigest(pushed.getReference(), pushed.getDigest()));
        }
        return ExitCodes.OK;
    }
}
