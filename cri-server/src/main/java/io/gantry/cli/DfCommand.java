package io.gantry.cli;

import io.gantry.proto.image.DiskUsageRequest;
import io.gantry.proto.image.UsageRow;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "df", description = "Show what takes up the disk, and what could be freed.")
final class DfCommand extends GantrySubcommand {

    @Mixin private final OutputOptions output = new OutputOptions();

    DfCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<UsageRow> rows =
                images().diskUsage(DiskUsageRequest.getDefaultInstance()).getRowsList();
        if (output.json()) {
            OutputOptions.printJson(streams(), rows);
            return ExitCodes.OK;
        }
        Table table = new Table("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE");
        for (UsageRow row : rows) {
            table.add(
                    row.getType(),
                    Long.toString(row.getTotal()),
                    Long.toString(row.getActive()),
                    HumanText.size(row.getSize()),
                    reclaimable(row));
        }
        table.print(streams().out());
        return ExitCodes.OK;
    }

    private static String reclaimable(UsageRow row) {
        String size = HumanText.size(row.getReclaimable());
        return row.getSize() <= 0
                ? size
                : size + " (" + row.getReclaimable() * 100 / row.getSize() + "%)";
    }
}
