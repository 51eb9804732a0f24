package io.gantry.linux.spec;

import java.util.List;

/**
 * A mount inside the container.
 *
 * @param destination absolute path inside the root
 * @param type file system type; "bind" with option bind or rbind for a bind mount
 * @param source device, host path of a bind mount, or the type's name
 * @param options as mount(8): ro, nosuid, rbind, rprivate, rro, mode=755, …
 */
public record SpecMount(String destination, String type, String source, List<String> options) {
    public SpecMount {
        options = List.copyOf(options);
    }
}
