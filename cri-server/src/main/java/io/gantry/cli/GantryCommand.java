package io.gantry.cli;

import io.grpc.ManagedChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that come before the command, and what all commands share. */
@Command(
        name = "gantry",
        description = "Runs containers and manages images through gantryd.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = false)
final class GantryCommand implements Runnable {

    private static final String DEFAULT_HOST = "unix:///run/gantry/gantry.sock";

    private final Streams streams;
    private final Map<String, String> environment;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = {"-H", "--host", "--address"},
            paramLabel = "ADDRESS",
            description = {
                "Socket of the daemon: unix:///path or a path.",
                "Default: $GANTRY_HOST, else " + DEFAULT_HOST
            })
    private @Nullable String host;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    GantryCommand(Streams streams, Map<String, String> environment) {
        this.streams = streams;
        this.environment = environment;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command?");
        }
    }

    Streams streams() {
        return streams;
    }

    Map<String, String> environment() {
        return environment;
    }

    /** The address of the daemon as the user gave it. */
    String address() {
        return host != null ? host : environment.getOrDefault("GANTRY_HOST", DEFAULT_HOST);
    }

    /** A channel to the daemon; it ends with the client. */
    ManagedChannel connect() {
        return Connection.open(address());
    }
}
