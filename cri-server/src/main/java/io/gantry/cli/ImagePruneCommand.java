package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.image.Filter;
import io.gantry.proto.image.PruneRequest;
import io.gantry.proto.image.PruneResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "prune", description = "Remove images that nothing uses.")
final class ImagePruneCommand extends GantrySubcommand {

    @Option(
            names = {"-a", "--all"},
            description = "Also those that have a tag, where no container uses them.")
    private boolean all;

    @Option(
            names = {"-f", "--force"},
            description = "Do not ask.")
    private boolean force;

    @Option(
            names = "--filter",
            paramLabel = "NAME=VALUE",
            description = "until=TIME (came before), label=KEY[=VALUE], label!=KEY[=VALUE].")
    private List<String> filters = new ArrayList<>();

    ImagePruneCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws IOException {
        PruneRequest request =
                PruneRequest.newBuilder()
                        .setAll(all)
                        .addAllFilters(filters.stream().map(ImagePruneCommand::filter).toList())
                        .build();
        String what =
                "This removes all images "
                        + (all ? "that no container uses" : "without a name")
                        + ".";
        if (!force && !Confirmation.given(streams(), what)) {
            return ExitCodes.OK;
        }
        PruneResponse pruned = images().prune(request);
        pruned.getUntaggedList().forEach(each -> streams().out().println("Untagged: " + each));
        pruned.getDeletedList().forEach(each -> streams().out().println("Deleted: " + each));
        streams().out().println("Total reclaimed space: " + HumanText.size(pruned.getReclaimed()));
        return ExitCodes.OK;
    }

    private static Filter filter(String text) {
        Filter filter = FilterOption.parse(text);
        if (!filter.getName().equals("until")) {
            return filter;
        }
        long moment =
                Quantities.parseMoment("--filter until", filter.getValue(), Clock.SYSTEM.now());
        return filter.toBuilder().setValue(Long.toString(moment)).build();
    }
}
