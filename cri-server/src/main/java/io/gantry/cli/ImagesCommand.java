package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.image.Filter;
import io.gantry.proto.image.ImageInfo;
import io.gantry.proto.image.ListRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "images", description = "List the images on this node.")
final class ImagesCommand extends GantrySubcommand {

    private static final String NONE = "<none>";

    @Mixin private final OutputOptions output = new OutputOptions();
    @Mixin private final FilterOption filter = new FilterOption();

    @Option(names = "--digests", description = "Show the digests that they were pulled as.")
    private boolean digests;

    @SuppressWarnings("UnusedVariable") // there are no intermediate images to be left out
    @Option(
            names = {"-a", "--all"},
            description = "All of them, as always.")
    private boolean all;

    @Parameters(
            arity = "0..1",
            paramLabel = "REFERENCE",
            description = "Only of this name; * and ? stand for others.")
    private String reference = "";

    ImagesCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        ListRequest.Builder request = ListRequest.newBuilder().addAllFilters(filter.filters());
        if (!reference.isEmpty()) {
            request.addFilters(
                    Filter.newBuilder().setName("reference").setValue(reference).build());
        }
        List<ImageInfo> images = images().list(request.build()).getImagesList();
        if (output.json()) {
            OutputOptions.printJson(streams(), images);
        } else if (output.quiet()) {
            images.forEach(image -> streams().out().println(output.id(image.getId())));
        } else {
            table(images, Clock.SYSTEM.now()).print(streams().out());
        }
        return ExitCodes.OK;
    }

    private Table table(List<ImageInfo> images, Instant now) {
        List<String> headings = new ArrayList<>(List.of("REPOSITORY", "TAG"));
        if (digests) {
            headings.add("DIGEST");
        }
        headings.addAll(List.of("IMAGE ID", "CREATED", "SIZE", "UNIQUE"));
        Table table = new Table(headings.toArray(String[]::new));
        for (ImageInfo image : images) {
            for (String name : namesOf(image)) {
                table.add(row(image, name, now).toArray(String[]::new));
            }
        }
        return table;
    }

    private List<String> row(ImageInfo image, String name, Instant now) {
        int tag = ImageName.tagStart(name);
        String repository = name.substring(0, tag);
        List<String> cells = new ArrayList<>();
        cells.add(repository);
        cells.add(tag == name.length() ? NONE : name.substring(tag + 1));
        if (digests) {
            cells.add(digest(image, repository).orElse(NONE));
        }
        cells.add(output.id(image.getId()));
        cells.add(HumanText.ago(image.getCreatedAt(), now));
        cells.add(HumanText.size(image.getSize()));
        cells.add(HumanText.size(image.getUniqueSize()));
        return cells;
    }

    private static Optional<String> digest(ImageInfo image, String repository) {
        return image.getRepoDigestsList().stream()
                .filter(each -> each.startsWith(repository + "@"))
                .map(each -> each.substring(repository.length() + 1))
                .findFirst();
    }

    /** One row for each tag; an image without one shows the repository that it came from. */
    private static List<String> namesOf(ImageInfo image) {
        if (image.getRepoTagsCount() > 0) {
            return image.getRepoTagsList();
        }
        List<String> names = new ArrayList<>();
        for (String digest : image.getRepoDigestsList()) {
            names.add(digest.substring(0, Math.max(0, digest.indexOf('@'))));
        }
        return names.isEmpty() ? List.of(NONE) : names;
    }
}
