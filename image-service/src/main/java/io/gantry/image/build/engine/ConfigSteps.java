package io.gantry.image.build.engine;

import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.config.CreatedBy;
import io.gantry.image.build.dockerfile.Assignment;
import io.gantry.image.build.dockerfile.CommandForm;
import io.gantry.image.build.dockerfile.Declaration;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.PortRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What instructions do to the configuration alone. Used by one thread. */
final class ConfigSteps {

    private final ConfigDraft config;
    private final Optional<Instant> date;
    private boolean commandSet;

    /**
     * Steps.
     *
     * @param date in place of when they are done
     */
    ConfigSteps(ConfigDraft config, Optional<Instant> date) {
        this.config = config;
        this.date = date;
    }

    /** Whether the stage itself said what containers run. */
    boolean isCommandSet() {
        return commandSet;
    }

    /** A command with the shell before it where it has one. */
    List<String> words(CommandForm command) {
        return switch (command) {
            case CommandForm.Exec it -> it.arguments();
            case CommandForm.Shell it -> {
                List<String> words = new ArrayList<>(config.shell());
                words.add(it.script());
                yield words;
            }
        };
    }

    /** Applies an instruction with its variables expanded, which changes no file. */
    void apply(Instruction instruction) {
        String history =
                switch (instruction) {
                    case Instruction.Env it -> CreatedBy.pairs("ENV", pairs(it.assignments()));
                    case Instruction.Label it -> {
                        config.label(pairs(it.assignments()));
                        yield CreatedBy.pairs("LABEL", pairs(it.assignments()));
                    }
                    case Instruction.Arg it -> argument(it);
                    case Instruction.Cmd it -> command(it);
                    case Instruction.Entrypoint it -> entrypoint(it);
                    case Instruction.Expose it -> {
                        config.add("ExposedPorts", ports(it.ports()));
                        yield CreatedBy.list("EXPOSE", ports(it.ports()));
                    }
                    case Instruction.Volume it -> {
                        config.add("Volumes", it.paths());
                        yield CreatedBy.list("VOLUME", it.paths());
                    }
                    case Instruction.User it -> put("User", it.user(), "USER");
                    case Instruction.Stopsignal it -> put("StopSignal", it.signal(), "STOPSIGNAL");
                    case Instruction.Shell it -> {
                        config.put("Shell", it.arguments());
                        yield CreatedBy.list("SHELL", it.arguments());
                    }
                    case Instruction.Healthcheck it -> {
                        config.healthcheck(it.spec());
                        yield CreatedBy.healthcheck(it.spec());
                    }
                    case Instruction.Onbuild it -> {
                        config.trigger(it.trigger());
                        yield "ONBUILD " + it.trigger();
                    }
                    case Instruction.Maintainer it -> {
                        config.author(it.author());
                        yield "MAINTAINER " + it.author();
                    }
                    case Instruction.From _,
                            Instruction.Run _,
                            Instruction.Copy _,
                            Instruction.Add _,
                            Instruction.Workdir _ ->
                            throw new IllegalArgumentException(
                                    instruction.keyword() + " is more than configuration");
                };
        config.step(history, false, date);
    }

    private String put(String field, String value, String keyword) {
        config.put(field, value);
        return keyword + " " + value;
    }

    private String command(Instruction.Cmd instruction) {
        List<String> words = words(instruction.command());
        config.command(words);
        commandSet = true;
        return CreatedBy.command("CMD", words);
    }

    /** What the base runs is no argument of another entry point. */
    private String entrypoint(Instruction.Entrypoint instruction) {
        List<String> words = instruction.command().map(this::words).orElse(List.of());
        if (words.isEmpty()) {
            config.remove("Entrypoint");
        } else {
            config.put("Entrypoint", words);
        }
        if (!commandSet) {
            config.remove("Cmd");
        }
        return CreatedBy.command("ENTRYPOINT", words);
    }

    private static String argument(Instruction.Arg instruction) {
        return instruction.declarations().stream()
                .map(ConfigSteps::declaration)
                .collect(Collectors.joining(" ", "ARG ", ""));
    }

    private static String declaration(Declaration declaration) {
        return declaration.name() + declaration.value().map(it -> "=" + it).orElse("");
    }

    /** Ranges one by one, each with its protocol. */
    private static List<String> ports(List<String> ports) {
        return ports.stream().flatMap(it -> PortRange.parse(it).ports().stream()).toList();
    }

    private static Map<String, String> pairs(List<Assignment> assignments) {
        Map<String, String> pairs = new LinkedHashMap<>();
        assignments.forEach(it -> pairs.put(it.name(), it.value()));
        return pairs;
    }
}
