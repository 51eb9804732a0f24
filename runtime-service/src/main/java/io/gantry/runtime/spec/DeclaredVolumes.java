package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.container.ContainerMount;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The volumes that an image declares for its containers. */
public final class DeclaredVolumes {

    /** Where every container has something mounted that no image is to replace. */
    static final Set<String> TAKEN =
            Set.of("/proc", "/dev", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf");

    private DeclaredVolumes() {}

    /**
     * Those that a container needs a directory for. One at or below a volume that the client
     * mounts, or that every container has, is covered: what is written there is to go to the
     * client's volume and not to one that nobody finds again.
     *
     * @param declared by the image
     * @return normalized paths in the container, parents first
     * @throws InvalidArgumentException when the image declares what cannot be
     */
    public static List<String> of(Collection<String> declared, List<ContainerMount> mounts) {
        if (declared.isEmpty()) {
            return List.of();
        }
        Set<String> covering = new HashSet<>(TAKEN);
        mounts.forEach(mount -> covering.add(normalize(mount.containerPath())));
        Set<String> needed = new TreeSet<>();
        for (String volume : declared) {
            String path = normalize(volume);
            if (path.equals("/") || path.indexOf('\0') >= 0) {
                throw new InvalidArgumentException(
                        "the image declares a volume at \""
                                + volume.replace("\0", "\\0")
                                + "\", where none can be");
            }
            if (!isCovered(path, covering)) {
                needed.add(path);
            }
        }
        return List.copyOf(needed);
    }

    private static boolean isCovered(String path, Set<String> covering) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (covering.contains(path.substring(0, end))) {
                return true;
            }
        }
        return false;
    }

    /** As text: an image may name what is no path to this JVM. */
    private static String normalize(String path) {
        Deque<String> elements = new ArrayDeque<>();
        for (String element : path.split("/", -1)) {
            switch (element) {
                case "", "." -> {}
                case ".." -> elements.pollLast();
                default -> elements.add(element);
            }
        }
        return "/" + String.join("/", elements);
    }
}
