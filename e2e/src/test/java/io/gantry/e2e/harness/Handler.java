package io.gantry.e2e.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The runtime handler of the pods of all scenarios of a run, by the property {@code
 * gantry.e2e.handler}: empty, the default, or the name of an OCI runtime that is installed.
 */
public final class Handler {

    private static final String NAME = System.getProperty("gantry.e2e.handler", "");
    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"));

    private Handler() {}

    /** Its name; empty: the default. */
    public static String name() {
        return NAME;
    }

    /** Whether it is Gantry's own. */
    public static boolean isBuiltIn() {
        return NAME.isEmpty();
    }

    /** The part of a configuration for it and for others. */
    static String config(List<String> others) {
        return Stream.concat(Stream.of(NAME), others.stream())
                .filter(name -> !name.isEmpty())
                .distinct()
                .map(name -> "[handlers.%s]\npath = \"%s\"\n".formatted(name, binary(name)))
                .collect(Collectors.joining());
    }

    /** Where an OCI runtime is installed. */
    public static Path binary(String name) {
        return DIRECTORIES.stream()
                .map(directory -> directory.resolve(name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is not installed"));
    }
}
