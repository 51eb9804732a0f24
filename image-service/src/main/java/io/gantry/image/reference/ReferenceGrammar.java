package io.gantry.image.reference;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The grammar of names: OCI distribution-spec 1.1, "Pulling manifests", and for the registry part
 * the reference grammar that Docker, containerd and Podman share. Every pattern is linear:
 * possessive quantifiers leave nothing to backtrack into.
 */
final class ReferenceGrammar {

    private static final int MAX_NAME = 255;

    private static final Pattern REPOSITORY =
            Pattern.compile(
                    "[a-z0-9]++(?:(?:\\.|_{1,2}+|-++)[a-z0-9]++)*+"
                            + "(?:/[a-z0-9]++(?:(?:\\.|_{1,2}+|-++)[a-z0-9]++)*+)*+");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final Pattern LABEL =
            Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-fA-F:]++\\]");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    private ReferenceGrammar() {}

    static boolean looksLikeId(String text) {
        return ID.matcher(text).matches();
    }

    /** Whether the part before the first slash is a registry rather than a piece of a path. */
    static boolean looksLikeRegistry(String first) {
        return first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
    }

    static void checkRegistry(String registry) {
        int portColon = registry.lastIndexOf(':');
        boolean hasPort = portColon > registry.lastIndexOf(']');
        String host = hasPort ? registry.substring(0, portColon) : registry;
        boolean validHost = IPV6.matcher(host).matches() || isDomain(host);
        if (!validHost || (hasPort && !isPort(registry.substring(portColon + 1)))) {
            throw new InvalidArgumentException("invalid registry \"" + registry + "\"");
        }
    }

    static void checkRepository(String registry, String repository) {
        if (registry.length() + 1 + repository.length() > MAX_NAME) {
            throw new InvalidArgumentException(
                    "the name is longer than " + MAX_NAME + " characters");
        }
        if (repository.isEmpty()) {
            throw new InvalidArgumentException("the repository is empty");
        }
        if (REPOSITORY.matcher(repository).matches()) {
            return;
        }
        if (REPOSITORY.matcher(repository.toLowerCase(Locale.ROOT)).matches()) {
            throw new InvalidArgumentException(
                    "repository \"" + repository + "\" must be lower case");
        }
        throw new InvalidArgumentException("invalid repository \"" + repository + "\"");
    }

    static void checkTag(String tag) {
        if (!TAG.matcher(tag).matches()) {
            throw new InvalidArgumentException("invalid tag \"" + tag + "\"");
        }
    }

    private static boolean isDomain(String host) {
        if (host.length() > MAX_NAME) {
            return false;
        }
        for (String label : host.split("\\.", -1)) {
            if (!LABEL.matcher(label).matches()) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty()
                && text.length() <= 5
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && Integer.parseInt(text) <= 65_535;
    }
}
