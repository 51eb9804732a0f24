package io.gantry.image.service;

import io.gantry.image.service.Catalog.Removal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which names go with a name, as Docker has it. */
final class UntagRules {

    private UntagRules() {}

    /**
     * What taking {@code name} off means: the digests of a repository go with its last tag, and the
     * image with its last name.
     */
    static Removal without(Image image, String name) {
        List<String> gone = new ArrayList<>();
        gone.add(name);
        String repository = repositoryOf(name);
        boolean isTag = name.indexOf('@') < 0;
        boolean lastTag =
                isTag
                        && image.repoTags().stream()
                                .noneMatch(
                                        tag ->
                                                !tag.equals(name)
                                                        && repositoryOf(tag).equals(repository));
        if (lastTag) {
            image.repoDigests().stream()
                    .filter(digest -> repositoryOf(digest).equals(repository))
                    .forEach(gone::add);
        }
        int all = image.repoTags().size() + image.repoDigests().size();
        return new Removal(image, gone, gone.size() == all);
    }

    /** The repositories that an image has tags in. */
    static Set<String> repositoriesOf(Image image) {
        Set<String> repositories = new TreeSet<>();
        image.repoTags().forEach(tag -> repositories.add(repositoryOf(tag)));
        return repositories;
    }

    private static String repositoryOf(String name) {
        int at = name.indexOf('@');
        return at >= 0 ? name.substring(0, at) : name.substring(0, name.lastIndexOf(':'));
    }
}
