package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.image.HistoryRequest;
import io.gantry.proto.image.HistoryStep;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "history", description = "Show how an image came about, newest step first.")
final class HistoryCommand extends GantrySubcommand {

    private static final int COMMAND_WIDTH = 45;
    private static final String NO_LAYER = "<none>";

    @Mixin private final OutputOptions output = new OutputOptions();

    @Parameters(arity = "1", paramLabel = "IMAGE")
    private String image = "";

    HistoryCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<HistoryStep> steps =
                images().history(HistoryRequest.newBuilder().setImage(image).build())
                        .getStepsList();
        if (output.json()) {
            OutputOptions.printJson(streams(), steps);
        } else if (output.quiet()) {
            steps.forEach(step -> streams().out().println(layer(step)));
        } else {
            table(steps, Clock.SYSTEM.now()).print(streams().out());
        }
        return ExitCodes.OK;
    }

    private Table table(List<HistoryStep> steps, Instant now) {
        Table table = new Table("LAYER", "CREATED", "CREATED BY", "SIZE", "COMMENT");
        for (HistoryStep step : steps) {
            table.add(
                    layer(step),
                    HumanText.ago(step.getCreatedAt(), now),
                    command(step.getCreatedBy()),
                    HumanText.size(step.getSize()),
                    clean(step.getComment()));
        }
        return table;
    }

    private String layer(HistoryStep step) {
        return step.getLayer().isEmpty() ? NO_LAYER : output.id(step.getLayer());
    }

    private String command(String text) {
        String line = clean(text);
        return output.whole() || line.length() <= COMMAND_WIDTH
                ? line
                : line.substring(0, COMMAND_WIDTH - 1) + "…";
    }

    /** It comes from the image: it must not move the cursor. */
    private static String clean(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
