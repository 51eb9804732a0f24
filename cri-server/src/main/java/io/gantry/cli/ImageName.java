package io.gantry.cli;

/** Parts of references, as far as the client looks into them. */
final class ImageName {

    private static final String DOCKER_HUB = "docker.io";

    private ImageName() {}

    /** Where the colon before the tag is; the end where there is no tag. */
    static int tagStart(String name) {
        int colon = name.lastIndexOf(':');
        return colon > name.lastIndexOf('/') ? colon : name.length();
    }

    /** The registry of a reference as people write it; docker.io where they name none. */
    static String registry(String reference) {
        int slash = reference.indexOf('/');
        String first = slash < 0 ? "" : reference.substring(0, slash);
        boolean host =
                first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
        return host ? first.equals("index.docker.io") ? DOCKER_HUB : first : DOCKER_HUB;
    }

    /** Registry and path of a reference, without tag and digest. */
    static String repository(String reference) {
        int at = reference.indexOf('@');
        String named = at < 0 ? reference : reference.substring(0, at);
        String name = named.substring(0, tagStart(named));
        String registry = registry(reference);
        if (name.startsWith(registry + "/")) {
            return name;
        }
        return registry + "/" + (name.indexOf('/') < 0 ? "library/" : "") + name;
    }
}
