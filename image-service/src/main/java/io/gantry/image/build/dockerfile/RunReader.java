package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.FlagValues.Kind;
import io.gantry.image.build.dockerfile.Instruction.Network;
import io.gantry.image.build.dockerfile.Instruction.Security;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.syntax.Flag;
import io.gantry.image.build.syntax.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads RUN. */
final class RunReader {

    private static final Map<String, Kind> FLAGS =
            Map.of(
                    "mount", Kind.TEXTS,
                    "network", Kind.TEXT,
                    "security", Kind.TEXT,
                    "device", Kind.TEXTS);

    private RunReader() {}

    static Instruction read(Statement statement) {
        FlagValues flags = FlagValues.read(statement, FLAGS);
        return new Instruction.Run(
                InstructionReader.command(statement),
                flags.all("mount").stream().map(MountFlag::of).toList(),
                flags.find("network")
                        .map(it -> choice(it, "network mode", Network.values()))
                        .orElse(Network.DEFAULT),
                flags.find("security")
                        .map(it -> choice(it, "security mode", Security.values()))
                        .orElse(Security.SANDBOX),
                flags.texts("device"),
                statement.origin());
    }

    private static <E extends Enum<E>> E choice(Flag flag, String what, E[] all) {
        String value = flag.value().orElse("");
        List<String> names =
                Arrays.stream(all).map(it -> it.name().toLowerCase(Locale.ROOT)).toList();
        Optional<E> found =
                Arrays.stream(all).filter(it -> it.name().equalsIgnoreCase(value)).findFirst();
        return found.orElseThrow(
                () ->
                        new DockerfileException(
                                "unsupported %s \"%s\"%s"
                                        .formatted(
                                                what, value, Suggestion.didYouMean(value, names)),
                                flag.span()));
    }
}
