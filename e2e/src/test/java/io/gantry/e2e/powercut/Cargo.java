package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Registry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The images that are pulled and removed: three, of which two share layers. They are the same
 * wherever they are made, so that whoever checks one knows what is in it without being told.
 */
final class Cargo {

    /** Where the registry listens in the kernel that is killed. */
    static final int PORT = 5000;

    private final List<Image> images;

    /**
     * An image.
     *
     * @param repository with tag
     * @param layers lowest first
     */
    record Image(String repository, Packing packing, List<CargoLayer> layers) {

        /** As it is pulled there. */
        String reference() {
            return "127.0.0.1:" + PORT + "/" + repository;
        }
    }

    Cargo() {
        CargoLayer base = CargoLayer.make("base", 160, "");
        CargoLayer tools = CargoLayer.make("tools", 60, "base/d0/f3");
        images =
                List.of(
                        new Image(
                                "cut/app:1",
                                Packing.GZIP,
                                List.of(base, tools, CargoLayer.make("app", 50, ""))),
                        new Image("cut/tools:1", Packing.GZIP, List.of(base, tools)),
                        new Image(
                                "cut/other:1",
                                Packing.ZSTD,
                                List.of(
                                        CargoLayer.make("low", 90, ""),
                                        CargoLayer.make("high", 40, ""))));
    }

    List<Image> images() {
        return images;
    }

    Image image(String repository) {
        return images.stream()
                .filter(image -> image.repository().equals(repository))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no image " + repository));
    }

    /** Uploads them. */
    void push(Registry registry, Path work) {
        for (Image image : images) {
            String name = image.repository().replaceAll("[^a-z]", "-");
            ImageLayout layout = new ImageLayout(work.resolve(name));
            image.layers().forEach(layer -> layout.layer(layer.tar(), image.packing()));
            layout.finish(Map.of("Cmd", List.of("/none"), "Labels", Map.of("cargo", name)));
            registry.push(layout, image.repository());
        }
    }
}
