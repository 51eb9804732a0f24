package io.gantry.cri.main;

import io.gantry.cri.config.ConfigLoader.Flags;
import io.gantry.cri.config.CriServerConfig.LogLevel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The command line of the daemon. Built by hand, not from annotations: those would be read by
 * reflection at each start.
 */
final class DaemonCommand {

    private final CommandLine line;

    DaemonCommand(String version) {
        CommandSpec spec = CommandSpec.create().name("gantryd");
        spec.usageMessage()
                .description("Runs pods and containers of this node, for a kubelet and by itself.")
                .footer(
                        "",
                        "It ends at SIGTERM; containers go on and are found again.",
                        "At SIGHUP it reads its configuration again.",
                        "At SIGUSR1 it writes down what its threads are at, in its state"
                                + " directory.");
        spec.version("gantryd " + version);
        spec.addOption(
                path(
                        "--config",
                        "FILE",
                        "configuration, /etc/gantry/config.toml where that is there"));
        spec.addOption(path("--root", "DIR", "what is kept; /var/lib/gantry"));
        spec.addOption(path("--state", "DIR", "what a reboot clears; /run/gantry"));
        spec.addOption(path("--socket", "PATH", "where to listen; gantry.sock in the state"));
        spec.addOption(
                OptionSpec.builder("--log-level")
                        .paramLabel("LEVEL")
                        .type(LogLevel.class)
                        .description("trace, debug, info, warn or error; info")
                        .build());
        spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("show this and end")
                        .build());
        spec.addOption(
                OptionSpec.builder("--version")
                        .versionHelp(true)
                        .description("show the version and end")
                        .build());
        line = new CommandLine(spec).setCaseInsensitiveEnumValuesAllowed(true);
    }

    /**
     * Reads the command line.
     *
     * @return empty when help or version was asked for, and printed
     * @throws ParameterException when it is not understood
     */
    Optional<Flags> parse(String... args) {
        ParseResult result = line.parseArgs(args);
        if (CommandLine.printHelpIfRequested(result)) {
            return Optional.empty();
        }
        return Optional.of(
                new Flags(
                        path(result, "--config"),
                        path(result, "--root"),
                        path(result, "--state"),
                        path(result, "--socket"),
                        result.matchedOptionValue("--log-level", (LogLevel) null)));
    }

    /** Prints one line on standard error. */
    void complain(Throwable reason) {
        line.getErr()
                .println(
                        "gantryd: "
                                + Objects.requireNonNullElse(
                                        reason.getMessage(), reason.toString()));
        line.getErr().flush();
    }

    private static @Nullable Path path(ParseResult result, String option) {
        return result.matchedOptionValue(option, (Path) null);
    }

    private static OptionSpec path(String name, String label, String description) {
        return OptionSpec.builder(name)
                .paramLabel(label)
                .type(Path.class)
                .description(description)
                .build();
    }
}
