package io.gantry.cli;

import io.gantry.proto.image.RemoveRequest;
import io.gantry.proto.image.RemoveResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rmi",
        description = "Take names off images; with its last name an image is removed.")
final class RmiCommand extends GantrySubcommand {

    @Option(
            names = {"-f", "--force"},
            description =
                    "Also images that containers use, and by id those that have several names; one"
                            + " that is not there is no failure.")
    private boolean force;

    @Parameters(arity = "1..*", paramLabel = "IMAGE")
    private List<String> names = List.of();

    RmiCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws InterruptedException {
        return forEach(names, this::remove);
    }

    private void remove(String name) {
        RemoveResponse removed;
        try {
            removed =
                    images().remove(
                                    RemoveRequest.newBuilder()
                                            .setImage(name)
                                            .setForce(force)
                                            .build());
        } catch (StatusRuntimeException e) {
            if (force && e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return;
            }
            throw e;
        }
        removed.getUntaggedList().forEach(each -> streams().out().println("Untagged: " + each));
        removed.getDeletedList().forEach(each -> streams().out().println("Deleted: " + each));
    }
}
