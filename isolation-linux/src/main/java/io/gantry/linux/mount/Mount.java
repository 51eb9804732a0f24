package io.gantry.linux.mount;

import java.util.ArrayList;
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

    /**
     * The same whose files all have an SELinux label, whatever they had: of a new file system, as a
     * bind mount shows files that have theirs.
     *
     * @param label empty: the same
     */
    public Mount labelled(String label) {
        if (label.isEmpty() || parsedOptions().bind()) {
            return this;
        }
        List<String> all = new ArrayList<>(options);
        // Labels have commas, by which mount(2) separates options.
        all.add("context=\"" + label + "\"");
        return new Mount(type, source, all);
    }

    /** {@link #options} as the kernel takes them. */
    public MountOptions parsedOptions() {
        return MountOptions.parse(options);
    }
}
