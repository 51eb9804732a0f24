package io.gantry.cli;

import io.gantry.proto.image.Change;
import io.gantry.proto.image.DiffRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        description = "Show what a container has changed: A added, C changed, D deleted.")
final class DiffCommand extends GantrySubcommand {

    @Mixin private final FormatOption output = new FormatOption();

    @Parameters(arity = "1", paramLabel = "CONTAINER")
    private String container = "";

    DiffCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<Change> changes =
                images().diff(DiffRequest.newBuilder().setContainer(container).build())
                        .getChangesList();
        if (output.json()) {
            OutputOptions.printJson(streams(), changes);
        } else {
            changes.forEach(each -> streams().out().println(letter(each) + " " + each.getPath()));
        }
        return ExitCodes.OK;
    }

    private static String letter(Change change) {
        return switch (change.getKind()) {
            case CHANGE_KIND_ADDED -> "A";
            case CHANGE_KIND_CHANGED -> "C";
            case CHANGE_KIND_DELETED -> "D";
            case CHANGE_KIND_UNSPECIFIED, UNRECOGNIZED -> "?";
        };
    }
}
