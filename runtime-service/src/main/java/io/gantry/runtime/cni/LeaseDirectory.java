package io.gantry.runtime.cni;

import io.gantry.base.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Addresses that the plugin host-local has given away: a file each, named after the address, that
 * says to which sandbox and interface. Only read here; the plugin gives them back.
 */
record LeaseDirectory(Path directory) {

    /**
     * An address that is taken.
     *
     * @param containerId the sandbox
     */
    record Lease(String address, String containerId, String interfaceName) {

        /** As plugins write an address of a pod; the length of its prefix is forgotten. */
        String cidr() {
            return address + (address.contains(":") ? "/128" : "/32");
        }
    }

    /** All of them, by address. */
    List<Lease> list() throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(Files::isRegularFile).sorted().toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        List<Lease> leases = new ArrayList<>();
        for (Path file : files) {
            read(file).ifPresent(leases::add);
        }
        return leases;
    }

    /** Beside the leases are a lock and the last address, which name no sandbox. */
    private static Optional<Lease> read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readString(file).lines().map(String::strip).toList();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.isEmpty() || !Ids.isId(lines.getFirst())) {
            return Optional.empty();
        }
        String name = Objects.requireNonNull(file.getFileName()).toString();
        return Optional.of(
                new Lease(
                        name,
                        lines.getFirst(),
                        lines.size() > 1 ? lines.get(1) : Attachment.INTERFACE));
    }
}
