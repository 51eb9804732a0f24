package io.gantry.cri.translate;

import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.DiskAccounts.LabelMatch;
import io.gantry.image.service.Image;
import io.gantry.proto.image.Filter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which images a client wants.
 *
 * @param references patterns of names, one of which must fit a tag; empty: any image
 * @param others that must all accept the image
 */
public record ImageFilters(List<Pattern> references, List<Predicate<Image>> others) {

    private static final String KNOWN = "reference, dangling, label, before or since";

    public ImageFilters {
        references = List.copyOf(references);
        others = List.copyOf(others);
    }

    /**
     * Reads the filters of a request.
     *
     * @param get finds the image that a filter names, or throws
     * @throws io.gantry.base.error.InvalidArgumentException naming one that is unknown
     */
    public static ImageFilters of(List<Filter> filters, Function<String, Image> get) {
        List<Pattern> references = new ArrayList<>();
        List<Predicate<Image>> others = new ArrayList<>();
        for (Filter filter : filters) {
            String value = filter.getValue();
            switch (filter.getName()) {
                case "reference" -> references.add(glob(value));
                case "dangling" -> others.add(dangling(value));
                case "label" -> others.add(label(LabelMatch.parse(value)));
                case "before" -> {
                    Instant moment = created(get.apply(value));
                    others.add(image -> created(image).isBefore(moment));
                }
                case "since" -> {
                    Instant moment = created(get.apply(value));
                    others.add(image -> created(image).isAfter(moment));
                }
                default -> throw ImageRequests.unknown(filter, KNOWN);
            }
        }
        return new ImageFilters(references, others);
    }

    /** Whether the image is wanted. */
    public boolean accepts(Image image) {
        return (references.isEmpty() || !tags(image).isEmpty())
                && others.stream().allMatch(each -> each.test(image));
    }

    /** Those of its tags that are wanted. */
    public List<String> tags(Image image) {
        return references.isEmpty()
                ? image.repoTags()
                : image.repoTags().stream().filter(this::fits).toList();
    }

    /** A pattern may leave out the tag, and what people leave out of a name. */
    private boolean fits(String tag) {
        ImageReference reference = ImageReference.parse(tag);
        String familiar = reference.familiar();
        List<String> spellings =
                List.of(
                        tag,
                        reference.name(),
                        familiar,
                        familiar.substring(0, familiar.lastIndexOf(':')));
        return references.stream()
                .anyMatch(
                        pattern ->
                                spellings.stream()
                                        .anyMatch(each -> pattern.matcher(each).matches()));
    }

    private static Predicate<Image> dangling(String value) {
        return switch (value) {
            case "true", "1" -> image -> image.repoTags().isEmpty();
            case "false", "0" -> image -> !image.repoTags().isEmpty();
            default -> throw Fields.invalid("filter dangling", value, "it must be true or false");
        };
    }

    private static Predicate<Image> label(LabelMatch wanted) {
        return image -> wanted.matches(image.config().defaults().labels());
    }

    private static Instant created(Image image) {
        Instant created = image.config().created();
        return created == null ? Instant.EPOCH : created;
    }

    /** A star and a question mark stop at a slash, as in the shell. */
    private static Pattern glob(String text) {
        StringBuilder regex = new StringBuilder();
        text.codePoints()
                .forEach(
                        c ->
                                regex.append(
                                        switch (c) {
                                            case '*' -> "[^/]*";
                                            case '?' -> "[^/]";
                                            default -> Pattern.quote(Character.toString(c));
                                        }));
        return Pattern.compile(regex.toString());
    }
}
