package io.gantry.cri.wiring;

import io.gantry.image.content.Digest;
import io.gantry.image.service.ImagePins;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.service.ContainerManager;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pins the images of Gantry's own containers, which a kubelet does not know to be in use. Images
 * are there before containers are, so it learns of these later.
 */
final class OwnContainerPins implements ImagePins {

    private volatile @Nullable ContainerManager containers;

    void watch(ContainerManager manager) {
        containers = manager;
    }

    @Override
    public Set<Digest> pinned() {
        ContainerManager manager = containers;
        return manager == null
                ? Set.of()
                : manager.list(ContainerFilter.of(PodOwner.GANTRY)).stream()
                        .flatMap(OwnContainerPins::images)
                        .map(Digest::parse)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** What it was made from, and what it sees as volumes. */
    private static Stream<String> images(Container container) {
        Stream<String> volumes =
                container.config().mounts().stream()
                        .map(ContainerMount::image)
                        .filter(Objects::nonNull)
                        .map(ImageSpec::imageRef);
        return Stream.concat(Stream.of(container.imageId()), volumes);
    }
}
