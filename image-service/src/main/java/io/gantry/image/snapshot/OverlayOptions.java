package io.gantry.image.snapshot;

import java.nio.file.Path;
import java.util.List;

/** Options of overlayfs mounts, whatever this kernel's defaults are. */
final class OverlayOptions {

    private OverlayOptions() {}

    /**
     * Options over these layers, highest first.
     *
     * <p>An index would tie a layer to the first snapshot that was mounted on it. A renamed
     * directory would be a redirect into the layers, and a file with other attributes a name
     * without its content: nothing that could be read, compared or made a layer of without mounting
     * it. A rename then is refused with EXDEV, upon which mv(1) and the like copy.
     */
    static List<String> over(List<Path> lowers) {
        List<String> names = lowers.stream().map(Path::toString).toList();
        return List.of(
                "index=off",
                "redirect_dir=nofollow",
                "metacopy=off",
                "lowerdir=" + String.join(":", names));
    }
}
