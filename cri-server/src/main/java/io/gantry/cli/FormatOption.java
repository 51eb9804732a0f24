package io.gantry.cli;

import picocli.CommandLine.Option;

/** Text or JSON, for commands that have no ids to print. */
final class FormatOption {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (default) or json.")
    private OutputOptions.Format format = OutputOptions.Format.TABLE;

    boolean json() {
        return format == OutputOptions.Format.JSON;
    }
}
