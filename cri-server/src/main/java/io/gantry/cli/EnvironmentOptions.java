package io.gantry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Environment of a process: {@code -e} after {@code --env-file}, as they come. */
final class EnvironmentOptions {

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME[=VALUE]",
            description = "Set a variable; without a value, to that of this environment.")
    private List<String> variables = List.of();

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Set the variables in a file, one a line.")
    private List<Path> files = List.of();

    /** As {@code NAME=value}; a name without a value that this environment lacks is left out. */
    List<String> resolve(Map<String, String> environment) {
        List<String> all = new ArrayList<>();
        for (Path file : files) {
            for (String line : lines(file)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    add(line.stripLeading(), environment, all);
                }
            }
        }
        variables.forEach(each -> add(each, environment, all));
        return all;
    }

    private static void add(String text, Map<String, String> environment, List<String> all) {
        if (text.isEmpty() || text.startsWith("=")) {
            throw new UsageException("-e: '" + text + "' has no name");
        }
        if (text.contains("=")) {
            all.add(text);
        } else if (environment.containsKey(text)) {
            all.add(text + "=" + environment.get(text));
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UsageException("--env-file: cannot read " + file + ": " + e.getMessage());
        }
    }
}
