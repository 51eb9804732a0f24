package io.gantry.runtime.oci;

import io.gantry.linux.launch.RuntimeBundle;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The volumes of a container that an OCI runtime cannot mount, as parts of images: they are mounted
 * on directories of the host, which the container has bind mounts of.
 *
 * @param mounts those that are mounted on the host, by where
 * @param spec with bind mounts in their place
 */
public record HostVolumes(Map<Path, SpecMount> mounts, Spec spec) {

    /** Options of a bind mount that go on to hold; those of the file system were its own. */
    private static final Set<String> FLAGS = Set.of("ro", "nosuid", "nodev", "noexec", "rro");

    /** Finds them, and makes their directories below {@code parent}. */
    public static HostVolumes of(Spec spec, Path parent) throws IOException {
        Map<Path, SpecMount> volumes = new LinkedHashMap<>();
        List<SpecMount> all = new ArrayList<>();
        for (SpecMount mount : spec.mounts()) {
            if (RuntimeBundle.isVolume(mount)) {
                Path onto = parent.resolve(Integer.toString(volumes.size()));
                Files.createDirectories(onto);
                volumes.put(onto, mount);
                all.add(bind(mount, onto));
            } else {
                all.add(mount);
            }
        }
        return new HostVolumes(volumes, spec.with(all));
    }

    private static SpecMount bind(SpecMount mount, Path source) {
        List<String> options = new ArrayList<>(List.of("bind", "rprivate"));
        mount.options().stream().filter(FLAGS::contains).forEach(options::add);
        return new SpecMount(mount.destination(), "bind", source.toString(), options);
    }
}
