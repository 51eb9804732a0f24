package io.gantry.cli;

import io.gantry.proto.image.TagRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "tag", description = "Give an image further names.")
final class TagCommand extends GantrySubcommand {

    @Parameters(index = "0", paramLabel = "IMAGE", description = "A reference or an id.")
    private String image = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME")
    private List<String> targets = List.of();

    TagCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        images().tag(TagRequest.newBuilder().setImage(image).addAllTargets(targets).build());
        return ExitCodes.OK;
    }
}
