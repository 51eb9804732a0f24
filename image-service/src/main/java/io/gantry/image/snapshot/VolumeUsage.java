package io.gantry.image.snapshot;

import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the volumes of a snapshot take up. */
final class VolumeUsage {

    private VolumeUsage() {}

    /** Measures each directory in {@code volumes}, which need not be there. */
    static List<Usage> of(Syscalls kernel, Path volumes) throws IOException {
        List<Usage> usages = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(volumes)) {
            for (Path volume : all) {
                usages.add(DiskUsage.of(kernel, volume));
            }
        } catch (NoSuchFileException e) {
            // None, or removed meanwhile.
            return usages;
        }
        return usages;
    }
}
