package io.gantry.cli;

import io.gantry.proto.cri.Image;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "images", description = "List the images on this node.")
final class ImagesCommand extends GantrySubcommand {

    private static final String NONE = "<none>";

    @Mixin private final OutputOptions output = new OutputOptions();

    ImagesCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<Image> images = images().list();
        if (output.json()) {
            OutputOptions.printJson(streams(), images);
        } else if (output.quiet()) {
            images.forEach(image -> streams().out().println(output.id(image.getId())));
        } else {
            table(images).print(streams().out());
        }
        return ExitCodes.OK;
    }

    private Table table(List<Image> images) {
        Table table = new Table("REPOSITORY", "TAG", "IMAGE ID", "SIZE");
        for (Image image : images) {
            for (String name : namesOf(image)) {
                int tag = tagOf(name);
                table.add(
                        name.substring(0, tag),
                        tag == name.length() ? NONE : name.substring(tag + 1),
                        output.id(image.getId()),
                        HumanText.size(image.getSize()));
            }
        }
        return table;
    }

    /** One row for each tag; an image without one shows the repository that it came from. */
    private static List<String> namesOf(Image image) {
        if (image.getRepoTagsCount() > 0) {
            return image.getRepoTagsList();
        }
        List<String> names = new ArrayList<>();
        for (String digest : image.getRepoDigestsList()) {
            names.add(digest.substring(0, Math.max(0, digest.indexOf('@'))));
        }
        return names.isEmpty() ? List.of(NONE) : names;
    }

    /** Where the colon before the tag is; the end where there is no tag. */
    private static int tagOf(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? colon : name.length();
    }
}
