package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.CacheEntry;
import io.gantry.proto.build.PruneCacheRequest;
import io.gantry.proto.build.PruneCacheResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "prune", description = "Remove what builds have kept for the next ones.")
final class BuilderPruneCommand extends GantrySubcommand {

    @Option(
            names = {"-a", "--all"},
            description = "Also results that an image shares; its files stay.")
    private boolean all;

    @Option(
            names = {"-f", "--force"},
            description = "Do not ask.")
    private boolean force;

    @Option(
            names = "--filter",
            paramLabel = "until=TIME",
            description = "Only what was not used since: a span such as 24h, or a time.")
    private List<String> filters = List.of();

    @Option(
            names = {"--keep-storage", "--reserved-space"},
            paramLabel = "SIZE",
            description = "Keep what was used last, as far as it takes no more, as 10g.")
    private @Nullable String keep;

    BuilderPruneCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws IOException {
        PruneCacheRequest request = request();
        String what = "This removes all build cache" + (all ? "." : " that no image shares.");
        if (!force && !Confirmation.given(streams(), what)) {
            return ExitCodes.OK;
        }
        PruneCacheResponse pruned = BuildsGrpc.newBlockingStub(channel()).pruneCache(request);
        if (pruned.getEntriesCount() > 0) {
            streams().out().println("Deleted build cache objects:");
        }
        for (CacheEntry each : pruned.getEntriesList()) {
            streams().out().println(each.getId());
        }
        streams().out().println("Total reclaimed space: " + HumanText.size(pruned.getFreedBytes()));
        return ExitCodes.OK;
    }

    private PruneCacheRequest request() {
        PruneCacheRequest.Builder request = PruneCacheRequest.newBuilder().setAll(all);
        for (String filter : filters) {
            int equals = filter.indexOf('=');
            String name = equals < 0 ? filter : filter.substring(0, equals);
            if (equals < 0 || !(name.equals("until") || name.equals("unused-for"))) {
                throw new UsageException("--filter: '" + filter + "' is not until=TIME");
            }
            request.setUnusedSince(
                    Quantities.parseMoment(
                            "--filter " + name, filter.substring(equals + 1), Clock.SYSTEM.now()));
        }
        if (keep != null) {
            request.setKeepBytes(Quantities.parseBytes("--keep-storage", keep));
        }
        return request.build();
    }
}
