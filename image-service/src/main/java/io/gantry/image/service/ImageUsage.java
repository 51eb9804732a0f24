package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What all images take up together. Layers know their own size, so nothing is walked. */
final class ImageUsage {

    private final Path root;
    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final Clock clock;

    ImageUsage(Path root, ContentStore content, Snapshotter snapshotter, Clock clock) {
        this.root = root;
        this.content = content;
        this.snapshotter = snapshotter;
        this.clock = clock;
    }

    Path root() {
        return root;
    }

    FsUsage measure() throws IOException {
        Usage sum = Usage.NOTHING;
        for (Digest layer : snapshotter.layers()) {
            Optional<LayerInfo> info = snapshotter.find(layer);
            sum = sum.plus(info.map(LayerInfo::usage).orElse(Usage.NOTHING));
        }
        for (Digest blob : content.list()) {
            sum = sum.plus(new Usage(content.diskBytes(blob), 1));
        }
        return new FsUsage(root, sum.bytes(), sum.inodes(), clock.now());
    }
}
