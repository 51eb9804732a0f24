package io.gantry.cli;

import io.gantry.proto.image.BlobProgress;
import io.gantry.proto.image.ImagesGrpc;
import io.gantry.proto.image.PushRequest;
import io.gantry.proto.image.PushResponse;
import io.gantry.proto.image.Pushed;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.LinkedHashMap;
import java.util.Map;
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
        Pushed pushed = follow(ImagesGrpc.newBlockingV2Stub(channel()).push(request));
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

    private Pushed follow(BlockingClientCall<?, PushResponse> call)
            throws StatusException, InterruptedException {
        ProgressView view = progress.view(streams());
        Map<String, ProgressRow> rows = new LinkedHashMap<>();
        for (PushResponse answer = call.read(); answer != null; answer = call.read()) {
            progress.pass(streams(), answer);
            if (answer.hasDone()) {
                return answer.getDone();
            }
            for (BlobProgress blob : answer.getProgress().getBlobsList()) {
                if (isLayer(blob)) {
                    rows.put(blob.getId(), ProgressRow.of(blob));
                }
            }
            view.show(rows.values().stream().toList());
        }
        throw Status.INTERNAL
                .withDescription("the daemon ended the push without an answer")
                .asException();
    }

    /** Configurations and manifests are too small for anybody to wait for. */
    private static boolean isLayer(BlobProgress blob) {
        return blob.getMediaType().contains(".layer.") || blob.getMediaType().contains(".rootfs.");
    }
}
