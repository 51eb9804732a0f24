package io.gantry.cli;

import io.gantry.proto.engine.VersionRequest;
import io.gantry.proto.engine.VersionResponse;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "version", description = "Show the versions of client and daemon.")
final class VersionCommand extends GantrySubcommand {

    @Mixin private final OutputOptions output = new OutputOptions();

    VersionCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        if (!output.json()) {
            streams().out().println("Client:        " + ownVersion());
            streams().out().flush();
        }
        VersionResponse daemon = engine().version(VersionRequest.getDefaultInstance());
        if (output.json()) {
            streams().out().println(JsonText.of(daemon));
            return ExitCodes.OK;
        }
        streams().out().println("Daemon:        " + daemon.getVersion());
        streams().out().println("Engine API:    " + daemon.getApiVersion());
        streams().out().println("CRI:           " + daemon.getCriVersion());
        streams().out().println("Java:          " + daemon.getJavaVersion());
        streams()
                .out()
                .println("Kernel:        " + daemon.getKernel() + " " + daemon.getArchitecture());
        return ExitCodes.OK;
    }

    /** As the jar's manifest says; a class directory has none. */
    private static String ownVersion() {
        return Objects.requireNonNullElse(
                VersionCommand.class.getPackage().getImplementationVersion(), "development");
    }
}
