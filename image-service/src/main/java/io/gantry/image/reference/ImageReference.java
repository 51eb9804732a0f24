package io.gantry.image.reference;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image: {@code registry/repository[:tag][@digest]}, normalised as Docker does:
 * {@code busybox} is {@code docker.io/library/busybox:latest}.
 *
 * @param registry host with optional port; {@code docker.io} for Docker Hub
 * @param repository path below it
 * @param tag null only when there is a digest
 * @param digest when given, decides what is pulled, whatever the tag says
 */
public record ImageReference(
        String registry, String repository, @Nullable String tag, @Nullable Digest digest) {

    /** The registry of names that have none. */
    public static final String DOCKER_HUB = "docker.io";

    private static final String OFFICIAL = "library/";

    /**
     * @throws InvalidArgumentException naming the part that is wrong
     */
    public ImageReference {
        ReferenceGrammar.checkRegistry(registry);
        ReferenceGrammar.checkRepository(registry, repository);
        if (tag != null) {
            ReferenceGrammar.checkTag(tag);
        }
        if (tag == null && digest == null) {
            throw new InvalidArgumentException(
                    "image reference " + registry + "/" + repository + " has no tag and no digest");
        }
    }

    /**
     * Reads a name as a user writes it.
     *
     * @throws InvalidArgumentException {@code invalid image reference "…": …}
     */
    public static ImageReference parse(String text) {
        try {
            return parseUnnamed(text);
        } catch (InvalidArgumentException e) {
            throw new InvalidArgumentException(
                    "invalid image reference \"" + text + "\": " + e.getMessage(), e);
        }
    }

    /** Registry and repository. */
    public String name() {
        return registry + "/" + repository;
    }

    /** Everything, in full. */
    public String canonical() {
        return name() + suffix();
    }

    /** As a user would write it: without {@code docker.io/} and {@code library/}. */
    public String familiar() {
        if (!registry.equals(DOCKER_HUB)) {
            return canonical();
        }
        String path =
                repository.startsWith(OFFICIAL)
                        ? repository.substring(OFFICIAL.length())
                        : repository;
        return path + suffix();
    }

    /** Name and tag: a CRI repo tag; empty when there is no tag. */
    public Optional<String> repoTag() {
        return Optional.ofNullable(tag).map(t -> name() + ":" + t);
    }

    /** Name and digest: a CRI repo digest. */
    public String repoDigest(Digest of) {
        return name() + "@" + of;
    }

    /** The same repository by digest only. */
    public ImageReference withDigest(Digest of) {
        return new ImageReference(registry, repository, null, of);
    }

    /** What a registry is asked for: the digest if there is one, else the tag. */
    public String target() {
        return digest != null ? digest.toString() : String.valueOf(tag);
    }

    /** {@link #canonical()}. */
    @Override
    public String toString() {
        return canonical();
    }

    private String suffix() {
        return (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }

    private static ImageReference parseUnnamed(String text) {
        if (text.isEmpty()) {
            throw new InvalidArgumentException("it is empty");
        }
        int at = text.indexOf('@');
        Digest digest = at < 0 ? null : Digest.parse(text.substring(at + 1));
        String named = at < 0 ? text : text.substring(0, at);
        int colon = named.indexOf(':', named.lastIndexOf('/') + 1);
        String tag = colon < 0 ? null : named.substring(colon + 1);
        String name = colon < 0 ? named : named.substring(0, colon);
        if (tag == null && digest == null) {
            if (ReferenceGrammar.looksLikeId(name)) {
                throw new InvalidArgumentException("64 hex digits are an image id, not a name");
            }
            tag = "latest";
        }
        return split(name, tag, digest);
    }

    private static ImageReference split(
            String name, @Nullable String tag, @Nullable Digest digest) {
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        if (!ReferenceGrammar.looksLikeRegistry(first)) {
            return new ImageReference(DOCKER_HUB, hubRepository(name), tag, digest);
        }
        String rest = name.substring(slash + 1);
        if (first.equals(DOCKER_HUB) || first.equals("index.docker.io")) {
            return new ImageReference(DOCKER_HUB, hubRepository(rest), tag, digest);
        }
        return new ImageReference(first, rest, tag, digest);
    }

    private static String hubRepository(String path) {
        return path.indexOf('/') < 0 ? OFFICIAL + path : path;
    }
}
