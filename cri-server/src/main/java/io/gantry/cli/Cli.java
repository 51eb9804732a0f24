package io.gantry.cli;

import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Turns a command line into an exit code; every failure becomes one line on standard error. */
final class Cli {

    private static final Set<String> RUNNING_COMMANDS = Set.of("run", "exec");

    /** Options after their first word belong to the command in the container. */
    private static final Set<String> TAKING_A_COMMAND = Set.of("run", "exec", "create");

    /** What can be had of what builds keep, as of {@code builder}. */
    private static final Set<String> OF_BUILDS = Set.of("df", "prune");

    private final Streams streams;
    private final Map<String, String> environment;

    Cli(Streams streams, Map<String, String> environment) {
        this.streams = streams;
        this.environment = environment;
    }

    int run(String... given) {
        GantryCommand root = new GantryCommand(streams, environment);
        String[] args = meant(given);
        List<String> words = words(args);
        String name = words.isEmpty() ? null : words.getFirst();
        CommandLine line = new CommandLine(root);
        Commands.register(line, root, words);
        line.setCaseInsensitiveEnumValuesAllowed(true)
                .setPosixClusteredShortOptionsAllowed(true)
                .setStopAtPositional(name != null && TAKING_A_COMMAND.contains(name))
                .setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((failure, ignored) -> usage(failure))
                .setExecutionExceptionHandler(
                        (failure, ignored, result) -> failed(failure, name, root.address()));
        return line.execute(args);
    }

    /** {@code build df} is {@code builder df}, unless a directory of that name can be built. */
    private static String[] meant(String... given) {
        List<String> words = words(given);
        boolean ofBuilds =
                words.size() > 1
                        && words.getFirst().equals("build")
                        && OF_BUILDS.contains(words.get(1))
                        && !Files.exists(Path.of(words.get(1)));
        int at = List.of(given).indexOf("build");
        if (!ofBuilds || !given[at + 1].equals(words.get(1))) {
            return given;
        }
        String[] meant = given.clone();
        meant[at] = "builder";
        return meant;
    }

    /** The words that are neither options nor the value of one before the command. */
    private static List<String> words(String... args) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--host") || args[i].equals("--address") || args[i].equals("-H")) {
                i++;
            } else if (!args[i].startsWith("-")) {
                words.add(args[i]);
            }
        }
        return words;
    }

    private int usage(CommandLine.ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        streams.complain(firstLine(failure.getMessage()));
        streams.err().println("see '" + command.getCommandSpec().qualifiedName() + " --help'");
        return command.getCommandSpec().name().equals("run")
                        || command.getCommandSpec().name().equals("exec")
                ? ExitCodes.DAEMON
                : ExitCodes.USAGE;
    }

    private int failed(Exception failure, @Nullable String command, String address) {
        boolean runs = command != null && RUNNING_COMMANDS.contains(command);
        switch (failure) {
            case UsageException e -> {
                streams.complain(Failures.text(e));
                return runs ? ExitCodes.DAEMON : ExitCodes.USAGE;
            }
            case StatusRuntimeException e ->
                    streams.complain(Failures.explain(e.getStatus(), address));
            case StatusException e -> streams.complain(Failures.explain(e.getStatus(), address));
            default -> streams.complain(Failures.explain(failure));
        }
        return runs ? ExitCodes.ofStartFailure(Failures.text(failure)) : ExitCodes.FAILED;
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "the command line is wrong" : text.lines().findFirst().orElse("");
    }
}
