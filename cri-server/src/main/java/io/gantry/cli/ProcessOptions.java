package io.gantry.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is said of a process, be it a container's first or a further one. */
final class ProcessOptions {

    @Mixin private final EnvironmentOptions environment = new EnvironmentOptions();

    @Option(
            names = {"-i", "--interactive"},
            description = "Feed its standard input.")
    private boolean interactive;

    @Option(
            names = {"-t", "--tty"},
            description = "Give it a terminal.")
    private boolean tty;

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "Working directory.")
    private String workingDir = "";

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER[:GROUP]",
            description = "Names or numbers.")
    private String user = "";

    /** As {@link EnvironmentOptions#resolve}. */
    List<String> environment(Map<String, String> surroundings) {
        return environment.resolve(surroundings);
    }

    boolean interactive() {
        return interactive;
    }

    boolean tty() {
        return tty;
    }

    String workingDir() {
        return workingDir;
    }

    String user() {
        return user;
    }
}
