package io.gantry.image.build.engine;

import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.ImageOptions.Provenance;
import io.gantry.image.build.attest.InstalledPackage;
import io.gantry.image.build.attest.PackageList;
import io.gantry.image.build.attest.Statement;
import io.gantry.image.build.export.BuiltDocuments;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes what is attested of an image beside it. Used by one thread. */
final class Attestations {

    /** Longest list of packages that is read. */
    private static final int MAX_LIST = 64 << 20;

    private final BuildRun run;
    private final ImageWriter writer;

    Attestations(BuildRun run, ImageWriter writer) {
        this.run = run;
        this.writer = writer;
    }

    /**
     * Writes the manifest of the statements.
     *
     * @param blobs where the digests of all that is written are added
     */
    Descriptor write(StageResult stage, Descriptor image, List<Digest> blobs) throws IOException {
        BuildRequest request = run.request();
        List<String> names =
                request.image().names().stream().map(ImageReference::canonical).toList();
        Statement.Subject subject = new Statement.Subject(names, image.digest());
        Map<String, Descriptor> statements = new LinkedHashMap<>();
        List<String> diffIds = new ArrayList<>();
        if (request.image().attest().packages()) {
            byte[] bytes = Statement.packages(subject, packages(stage), run.began());
            statements.put(Statement.SPDX, put(Statement.MEDIA_TYPE, bytes, blobs));
            diffIds.add('"' + Digest.sha256(bytes).toString() + '"');
        }
        if (request.image().attest().provenance() != Provenance.NONE) {
            byte[] bytes = Statement.provenance(subject, making(stage));
            statements.put(Statement.PROVENANCE, put(Statement.MEDIA_TYPE, bytes, blobs));
            diffIds.add('"' + Digest.sha256(bytes).toString() + '"');
        }
        String config =
                "{\"architecture\":\"unknown\",\"os\":\"unknown\",\"config\":{},\"rootfs\":"
                        + "{\"type\":\"layers\",\"diff_ids\":["
                        + String.join(",", diffIds)
                        + "]}}";
        Descriptor configBlob =
                put(MediaType.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8), blobs);
        return put(
                MediaType.OCI_MANIFEST, BuiltDocuments.attestations(configBlob, statements), blobs);
    }

    private Descriptor put(String mediaType, byte[] bytes, List<Digest> blobs) throws IOException {
        Descriptor descriptor = writer.put(mediaType, bytes);
        blobs.add(descriptor.digest());
        return descriptor;
    }

    private Statement.Making making(StageResult stage) {
        BuildRequest request = run.request();
        boolean all = request.image().attest().provenance() == Provenance.MAX;
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("file", request.file().name());
        request.target().ifPresent(it -> parameters.put("target", it));
        parameters.put("platform", stage.platform().toString());
        if (all) {
            request.arguments().forEach((name, value) -> parameters.put("arg:" + name, value));
        }
        Instant finished = run.date().orElseGet(run.tools().clock()::now);
        return new Statement.Making(
                // One that is as reproducible as the image says nothing of the run.
                run.date().isPresent() ? "" : run.id(),
                run.began(),
                finished,
                parameters,
                all && !request.file().text().isEmpty()
                        ? Optional.of(request.file().text())
                        : Optional.empty(),
                run.materials().all());
    }

    private List<InstalledPackage> packages(StageResult stage) throws IOException {
        List<InstalledPackage> all = new ArrayList<>();
        if (stage.stack().entries().isEmpty()) {
            return all;
        }
        try (SourceTree tree =
                new StackTree(
                        run.tools().kernel(),
                        run.tools().snapshotter().stack(stage.stack().layers()))) {
            String vendor = PackageList.vendor(read(tree, "etc/os-release"));
            all.addAll(PackageList.ofDpkg(read(tree, "var/lib/dpkg/status"), vendor));
            Optional<Node> parts = tree.find("var/lib/dpkg/status.d", true);
            if (parts.filter(Node::isDirectory).isPresent()) {
                for (Node each : tree.children(parts.get())) {
                    if (!each.name().endsWith(".md5sums")) {
                        all.addAll(PackageList.ofDpkg(read(tree, each.path()), vendor));
                    }
                }
            }
            // Through /lib where that is a link, too.
            String apk = read(tree, "lib/apk/db/installed");
            all.addAll(
                    PackageList.ofApk(
                            apk.isEmpty() ? read(tree, "usr/lib/apk/db/installed") : apk, vendor));
        }
        return all;
    }

    /** A file as text; empty when it is not there. */
    private String read(SourceTree tree, String path) throws IOException {
        Optional<Node> file = tree.find(Paths.clean(path), true).filter(Node::isRegular);
        if (file.isEmpty()) {
            return "";
        }
        return new String(
                SmallFile.read(run.tools().kernel(), tree, file.get(), MAX_LIST),
                StandardCharsets.UTF_8);
    }
}
