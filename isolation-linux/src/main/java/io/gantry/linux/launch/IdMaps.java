package io.gantry.linux.launch;

import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Maps ids of the host into a user namespace. Only a process outside can map more than its own
 * (user_namespaces(7)); it is a write to a file, which the daemon does itself.
 */
public final class IdMaps {

    private IdMaps() {}

    /**
     * Maps them, once for all.
     *
     * @param process a process of {@link LaunchCompiler#namespaces}
     * @throws IOException naming what the kernel does not take
     */
    public static void write(int process, IdMappings mappings) throws IOException {
        write(process, "uid_map", mappings.uids());
        write(process, "gid_map", mappings.gids());
    }

    private static void write(int process, String name, List<IdMapping> ranges) throws IOException {
        Path file = Path.of("/proc", Integer.toString(process), name);
        String lines = IdMappings.lines(ranges);
        try {
            // The kernel takes all lines in one write.
            Files.writeString(file, lines, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "map ids " + lines.strip() + " in " + file + ": " + e.getMessage(), e);
        }
    }
}
