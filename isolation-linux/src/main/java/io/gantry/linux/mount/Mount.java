package io.gantry.linux.mount;

import java.util.List;

/**
 * A mount to be made somewhere, as a snapshotter hands it out.
 *
 * @param type file system type; "bind" with option bind or rbind for a bind mount
 * @param source device, path of a bind mount, or the type's name
 * @param options as mount(8): ro, rbind, lowerdir=…, …
 */
public record Mount(String type, String source, List<String> options) {

    public Mount {
        options = List.copyOf(options);
    }

    /** A bind mount of {@code source} without what is mounted below it. */
    public static Mount bind(String source, boolean readonly) {
        return new Mount("bind", source, List.of("bind", readonly ? "ro" : "rw"));
    }

    /** {@link #options} as the kernel takes them. */
    public MountOptions parsedOptions() {
        return MountOptions.parse(options);
    }
}
