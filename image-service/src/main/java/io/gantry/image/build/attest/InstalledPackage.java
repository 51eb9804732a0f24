package io.gantry.image.build.attest;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A package that an image has.
 *
 * @param type of its manager, as package URLs name it: deb or apk
 * @param vendor of the distribution, as debian
 */
public record InstalledPackage(
        String type, String vendor, String name, String version, String architecture) {

    /** Its package URL. */
    public String purl() {
        return "pkg:%s/%s/%s@%s?arch=%s"
                .formatted(type, escaped(vendor), escaped(name), escaped(version), architecture);
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
