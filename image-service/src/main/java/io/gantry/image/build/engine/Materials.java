package io.gantry.image.build.engine;

import io.gantry.image.build.attest.Statement.Material;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a build has used from elsewhere. Thread-safe. */
final class Materials {

    private final Set<Material> all = new LinkedHashSet<>();

    synchronized void image(ImageReference reference, Platform platform, Digest manifest) {
        String at = reference.tag() == null ? "" : "@" + reference.tag();
        String platformText = URLEncoder.encode(platform.toString(), StandardCharsets.UTF_8);
        String uri = "pkg:docker/" + reference.name() + at + "?platform=" + platformText;
        all.add(new Material(uri, manifest.algorithm().label(), manifest.hex()));
    }

    synchronized void layout(Platform platform, Digest manifest) {
        String platformText = URLEncoder.encode(platform.toString(), StandardCharsets.UTF_8);
        String uri = "pkg:oci/layout?platform=" + platformText;
        all.add(new Material(uri, manifest.algorithm().label(), manifest.hex()));
    }

    synchronized void commit(String repository, String commit) {
        all.add(new Material(repository, "gitCommit", commit));
    }

    synchronized void file(String url, Digest content) {
        all.add(new Material(url, content.algorithm().label(), content.hex()));
    }

    /** All of them, by name: stages find them in any order. */
    synchronized List<Material> all() {
        List<Material> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparing(Material::uri).thenComparing(Material::hex));
        return sorted;
    }
}
