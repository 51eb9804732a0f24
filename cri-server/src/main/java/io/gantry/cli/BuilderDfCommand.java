package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.build.BuildsGrpc;
import io.gantry.proto.build.CacheEntry;
import io.gantry.proto.build.CacheKind;
import io.gantry.proto.build.ListCacheRequest;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "df", description = "Show what builds have kept for the next ones.")
final class BuilderDfCommand extends GantrySubcommand {

    private static final int WIDTH = 60;

    @Mixin private final OutputOptions output = new OutputOptions();

    BuilderDfCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<CacheEntry> entries =
                BuildsGrpc.newBlockingStub(channel())
                        .listCache(ListCacheRequest.getDefaultInstance())
                        .getEntriesList();
        if (output.json()) {
            OutputOptions.printJson(streams(), entries);
        } else if (output.quiet()) {
            entries.forEach(each -> streams().out().println(output.id(each.getId())));
        } else {
            print(entries);
        }
        return ExitCodes.OK;
    }

    private void print(List<CacheEntry> entries) {
        Instant now = Clock.SYSTEM.now();
        Table table =
                new Table(
                        "CACHE ID",
                        "TYPE",
                        "SIZE",
                        "CREATED",
                        "LAST USED",
                        "USAGE",
                        "SHARED",
                        "IN USE",
                        "DESCRIPTION");
        for (CacheEntry each : entries) {
            table.add(
                    output.id(each.getId()),
                    type(each.getKind()),
                    HumanText.size(each.getBytes()),
                    HumanText.ago(each.getCreatedAt(), now),
                    HumanText.ago(each.getLastUsedAt(), now),
                    Long.toString(each.getUses()),
                    Boolean.toString(each.getShared()),
                    Boolean.toString(each.getInUse()),
                    description(each.getDescription()));
        }
        table.print(streams().out());
        long total = entries.stream().mapToLong(CacheEntry::getBytes).sum();
        long busy =
                entries.stream().filter(CacheEntry::getInUse).mapToLong(CacheEntry::getBytes).sum();
        streams().out().println("Reclaimable: " + HumanText.size(total - busy));
        streams().out().println("Total: " + HumanText.size(total));
    }

    private static String type(CacheKind kind) {
        return switch (kind) {
            case CACHE_STEP -> "regular";
            case CACHE_MOUNT -> "exec.cachemount";
            case CACHE_CONTEXT -> "source.local";
            case UNRECOGNIZED -> "unknown";
        };
    }

    private String description(String text) {
        String line = text.lines().findFirst().orElse("");
        return output.whole() || line.length() <= WIDTH ? line : line.substring(0, WIDTH - 1) + "…";
    }
}
