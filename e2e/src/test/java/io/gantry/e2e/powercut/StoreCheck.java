package io.gantry.e2e.powercut;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.proto.cri.Image;
import io.gantry.proto.image.InspectRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Compares a store, file by file, with the images that the daemon lists: what they are made of has
 * to be there and right, and there has to be nothing else. Nothing may be under way meanwhile.
 */
final class StoreCheck {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 5;

    private final Path root;
    private final Cri cri;
    private final Cargo cargo;
    private final List<String> damage = new ArrayList<>();
    private final Set<String> blobs = new TreeSet<>();
    private final Set<String> layers = new TreeSet<>();

    StoreCheck(Path root, Cri cri, Cargo cargo) {
        this.root = root;
        this.cri = cri;
        this.cargo = cargo;
    }

    /** What is wrong, in words. */
    List<String> run() throws IOException {
        for (Image image : cri.imageList()) {
            cri.imageTools().inspect(InspectRequest.newBuilder().setImage(image.getId()).build());
            for (Cargo.Image known : cargo.images()) {
                if (image.getRepoTagsList().contains(known.reference())) {
                    check(image, known);
                }
            }
        }
        compareNames("blobs", blobs, names(root.resolve("content/blobs/sha256")));
        compareNames("layers", layers, names(root.resolve("snapshots")));
        for (String empty : List.of("unpack", "active")) {
            compareNames(empty, Set.of(), names(root.resolve(empty)));
        }
        checkBlobs();
        checkLinks();
        awaitDeleted();
        return damage;
    }

    private void check(Image image, Cargo.Image known) throws IOException {
        Optional<JsonNode> manifest = document(digestOf(image));
        if (manifest.isEmpty()) {
            damage.add(known.repository() + " has no manifest");
            return;
        }
        String configDigest = manifest.get().at("/config/digest").asText();
        if (!configDigest.equals(image.getId())) {
            damage.add(known.repository() + " has id " + image.getId() + ", not " + configDigest);
        }
        manifest.get().get("layers").forEach(layer -> need(layer.get("digest").asText()));
        Optional<JsonNode> config = document(configDigest);
        if (config.isEmpty()) {
            damage.add(known.repository() + " has no configuration");
            return;
        }
        List<String> diffIds = new ArrayList<>();
        config.get().at("/rootfs/diff_ids").forEach(id -> diffIds.add(id.asText()));
        if (!diffIds.equals(known.layers().stream().map(CargoLayer::diffId).toList())) {
            damage.add(known.repository() + " has other layers: " + diffIds);
        }
        String chain = "";
        for (CargoLayer layer : known.layers()) {
            chain = chainId(chain, layer.diffId());
            checkLayer(known, chain.substring("sha256:".length()), layer);
        }
    }

    private void need(String digest) {
        blobs.add(digest.substring("sha256:".length()));
    }

    private static String digestOf(Image image) {
        String name = image.getRepoDigests(0);
        return name.substring(name.indexOf('@') + 1);
    }

    /** A chain id as the image specification defines it. */
    private static String chainId(String below, String diffId) {
        byte[] both = (below + " " + diffId).getBytes(StandardCharsets.UTF_8);
        return below.isEmpty() ? diffId : ImageLayout.digest(both);
    }

    private Optional<JsonNode> document(String digest) throws IOException {
        need(digest);
        Path file = root.resolve("content/blobs").resolve(digest.replace(':', '/'));
        if (!Files.exists(file) || !ImageLayout.digest(Files.readAllBytes(file)).equals(digest)) {
            return Optional.empty();
        }
        return Optional.of(JSON.readTree(Files.readAllBytes(file)));
    }

    private void checkLayer(Cargo.Image image, String hex, CargoLayer layer) throws IOException {
        if (!layers.add(hex)) {
            return;
        }
        Path files = root.resolve("snapshots").resolve(hex).resolve("fs");
        if (!Files.isDirectory(files)) {
            damage.add("%s lacks layer %s".formatted(image.repository(), hex));
            return;
        }
        SortedSet<String> found = Listing.of(files);
        if (!found.equals(layer.listing())) {
            Set<String> lost = new TreeSet<>(layer.listing());
            lost.removeAll(found);
            Set<String> extra = new TreeSet<>(found);
            extra.removeAll(layer.listing());
            damage.add(
                    "%s: layer %s lacks %d of %d entries, %s, and has instead %s"
                            .formatted(
                                    image.repository(),
                                    hex,
                                    lost.size(),
                                    layer.listing().size(),
                                    some(lost),
                                    some(extra)));
        }
    }

    private static List<String> some(Set<String> lines) {
        return lines.stream().limit(SHOWN).toList();
    }

    /** Also those that no image needs would be taken for what they are called. */
    private void checkBlobs() throws IOException {
        Path directory = root.resolve("content/blobs/sha256");
        for (String name : names(directory)) {
            byte[] bytes = Files.readAllBytes(directory.resolve(name));
            if (!ImageLayout.digest(bytes).equals("sha256:" + name)) {
                damage.add("blob %s of %d bytes is damaged".formatted(name, bytes.length));
            }
        }
    }

    private void checkLinks() throws IOException {
        for (String name : names(root.resolve("l"))) {
            if (!Files.isDirectory(root.resolve("l").resolve(name))) {
                damage.add("link l/" + name + " leads nowhere");
            }
        }
    }

    private void awaitDeleted() {
        Await.until(
                "an empty trash", Await.seconds(20), () -> names(root.resolve("trash")).isEmpty());
    }

    private void compareNames(String what, Set<String> needed, Set<String> found) {
        Set<String> lost = new TreeSet<>(needed);
        lost.removeAll(found);
        Set<String> extra = new TreeSet<>(found);
        extra.removeAll(needed);
        if (!lost.isEmpty() || !extra.isEmpty()) {
            damage.add("%s: %s missing, %s not needed".formatted(what, lost, extra));
        }
    }

    static Set<String> names(Path directory) throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        }
        return names;
    }
}
