package io.gantry.cli;

import io.gantry.proto.image.Filter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Conditions on what a command is about. */
final class FilterOption {

    @Option(
            names = {"-f", "--filter"},
            paramLabel = "NAME=VALUE",
            description = "Only what fits; may be repeated.")
    private List<String> filters = new ArrayList<>();

    List<Filter> filters() {
        return filters.stream().map(FilterOption::parse).toList();
    }

    static Filter parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new UsageException("filter '" + text + "' is not NAME=VALUE");
        }
        // As in label!=VALUE.
        return Filter.newBuilder()
                .setName(text.substring(0, equals))
                .setValue(text.substring(equals + 1))
                .build();
    }
}
