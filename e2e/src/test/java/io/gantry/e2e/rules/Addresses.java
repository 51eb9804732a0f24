package io.gantry.e2e.rules;

import io.gantry.e2e.harness.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Addresses that the plugin host-local has given to pods. */
final class Addresses {

    private Addresses() {}

    static List<String> leased(Subject node) throws IOException {
        Path network = node.leases().resolve("e2e");
        if (!Files.exists(network)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(network)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> Character.isDigit(name.charAt(0)))
                    .toList();
        }
    }
}
