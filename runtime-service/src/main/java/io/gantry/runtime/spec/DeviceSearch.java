package io.gantry.runtime.spec;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the devices in a tree. Devices come and go, and a file system below may not answer: what
 * cannot be looked at is left out. A link is not a second device.
 */
final class DeviceSearch extends SimpleFileVisitor<Path> {

    private static final Logger log = LoggerFactory.getLogger(DeviceSearch.class);

    private final Node node;
    private final List<Path> found = new ArrayList<>();

    DeviceSearch(Node node) {
        this.node = node;
    }

    /** In the order of their names. */
    List<Path> found() {
        return found.stream().sorted().toList();
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isOther()) {
            try {
                node.device(file).ifPresent(_ -> found.add(file));
            } catch (IOException e) {
                leaveOut(file, e);
            }
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        return leaveOut(file, e);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
        return e == null ? FileVisitResult.CONTINUE : leaveOut(directory, e);
    }

    private static FileVisitResult leaveOut(Path path, IOException e) {
        log.atDebug().addKeyValue("path", path).setCause(e).log("not searched for devices");
        return FileVisitResult.CONTINUE;
    }
}
