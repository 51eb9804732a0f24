package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.FsUsage;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.PullListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Images that come as soon as they are asked for, in memory. */
final class FakeImages implements ImageManager {

    private final Map<String, Image> images = new LinkedHashMap<>();
    private final List<Credentials> credentials = new ArrayList<>();
    private @Nullable ServiceException failure;
    private String user = "";

    void willFail(ServiceException how) {
        failure = how;
    }

    void haveUser(String name) {
        user = name;
    }

    List<Credentials> credentials() {
        return List.copyOf(credentials);
    }

    @Override
    public Image pull(
            ImageReference reference, Credentials who, PullListener listener, Deadline deadline) {
        if (failure != null) {
            throw failure;
        }
        credentials.add(who);
        Image image = image(reference.toString());
        images.put(reference.toString(), image);
        return image;
    }

    @Override
    public List<Image> list() {
        return List.copyOf(images.values());
    }

    @Override
    public Optional<Image> find(String nameOrId) {
        return images.values().stream()
                .filter(
                        image ->
                                image.id().toString().equals(nameOrId)
                                        || image.repoTags().getFirst().contains(nameOrId))
                .findFirst();
    }

    @Override
    public void remove(String nameOrId) {
        find(nameOrId).ifPresent(image -> images.values().remove(image));
    }

    @Override
    public FsUsage fsInfo() {
        return new FsUsage(Path.of("/var/lib/gantry"), 12, 3, FakePods.CREATED);
    }

    private Image image(String name) {
        Digest digest = Digest.sha256(name.getBytes(StandardCharsets.UTF_8));
        ImageConfig config =
                new ImageConfig(
                        Platform.of("linux", "amd64", ""),
                        null,
                        "",
                        new ContainerDefaults(
                                user,
                                List.of(),
                                List.of("A=b"),
                                List.of(),
                                List.of("sh"),
                                List.of(),
                                "",
                                Map.of(),
                                "",
                                null),
                        List.of(),
                        List.of());
        return new Image(
                digest,
                digest,
                List.of(name),
                List.of(),
                7,
                config,
                digest,
                List.of(),
                true,
                FakePods.CREATED);
    }
}
