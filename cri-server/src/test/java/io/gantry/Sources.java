package io.gantry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's own source files, seen from this module's directory. */
final class Sources {

    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final List<String> MODULES =
            List.of("isolation-linux", "image-service", "runtime-service", "cri-server", "e2e");

    private Sources() {}

    /** Java files of all hand-written modules below {@code src/SET/java}. */
    static List<Path> java(String set) throws IOException {
        return files("src/" + set + "/java", ".java");
    }

    /** Files of all modules below a directory whose names end so; sorted. */
    static List<Path> files(String directory, String ending) throws IOException {
        Stream<Path> found = Stream.empty();
        for (String module : MODULES) {
            Path at = ROOT.resolve(module).resolve(directory);
            if (Files.isDirectory(at)) {
                try (Stream<Path> walk = Files.walk(at)) {
                    found =
                            Stream.concat(
                                    found,
                                    walk
                                            .filter(each -> each.toString().endsWith(ending))
                                            .toList()
                                            .stream());
                }
            }
        }
        return found.sorted().toList();
    }

    static String name(Path file) {
        return ROOT.relativize(file).toString();
    }
}
