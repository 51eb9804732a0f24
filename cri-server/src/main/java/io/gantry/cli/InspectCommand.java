package io.gantry.cli;

import io.gantry.proto.engine.InspectContainerRequest;
import io.gantry.proto.engine.InspectContainerResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Show everything about containers, as JSON.")
final class InspectCommand extends GantrySubcommand {

    @Parameters(arity = "1..*", paramLabel = "CONTAINER")
    private List<String> names = List.of();

    InspectCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<String> found = new ArrayList<>();
        int code =
                forEach(
                        names,
                        name -> {
                            InspectContainerResponse answer =
                                    engine().inspectContainer(
                                                    InspectContainerRequest.newBuilder()
                                                            .setId(name)
                                                            .build());
                            found.add(answer.getJson().strip());
                        });
        streams().out().println(found.isEmpty() ? "[]" : "[" + String.join(",\n", found) + "]");
        return code;
    }
}
