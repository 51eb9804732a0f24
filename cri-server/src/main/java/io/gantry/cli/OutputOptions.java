package io.gantry.cli;

import com.google.protobuf.MessageOrBuilder;
import java.util.List;
import picocli.CommandLine.Option;

/** How a list is shown. */
final class OutputOptions {

    /** For people or for programs. */
    enum Format {
        TABLE,
        JSON
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (default) or json.")
    private Format format = Format.TABLE;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print ids only.")
    private boolean quiet;

    @Option(names = "--no-trunc", description = "Cut nothing short.")
    private boolean whole;

    boolean json() {
        return format == Format.JSON;
    }

    boolean quiet() {
        return quiet;
    }

    /** Whether nothing is to be cut short. */
    boolean whole() {
        return whole;
    }

    /** An id as it is shown: twelve digits, without the name of its algorithm. */
    String id(String id) {
        return whole ? id : shorten(id);
    }

    static String shorten(String id) {
        String digits = id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
        return digits.length() > 12 ? digits.substring(0, 12) : digits;
    }

    /** Prints the messages as one JSON array. */
    static void printJson(Streams streams, List<? extends MessageOrBuilder> messages) {
        streams.out().println(JsonText.of(messages));
    }
}
