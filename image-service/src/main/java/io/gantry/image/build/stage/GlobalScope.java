package io.gantry.image.build.stage;

import io.gantry.image.build.dockerfile.Declaration;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.source.DockerfileException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Arguments from before the first stage, with those that are predefined. FROM sees them; a stage
 * sees those that it declares again.
 *
 * @param declared names and values in order; values given to the build go before defaults
 */
public record GlobalScope(
        char escape,
        SequencedMap<String, String> declared,
        BuildArguments given,
        BuildPlatforms platforms) {

    public GlobalScope {
        declared = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(declared));
    }

    /**
     * Evaluates the global arguments of a file.
     *
     * @param target name of the stage to be built; empty: the last one
     * @throws DockerfileException when a default that is needed cannot be expanded
     */
    public static GlobalScope of(
            Dockerfile file,
            BuildArguments given,
            BuildPlatforms platforms,
            Optional<String> target) {
        SequencedMap<String, String> values = platforms.arguments();
        values.put(
                "TARGETSTAGE",
                target.or(() -> file.stages().getLast().from().name()).orElse("default"));
        values.replaceAll((name, value) -> given.find(name).orElse(value));
        Expander expander = Expander.ofWords(file.directives().escape());
        for (Instruction.Arg instruction : file.globalArguments()) {
            for (Declaration each : instruction.declarations()) {
                try {
                    given.find(each.name())
                            .or(
                                    () ->
                                            each.value()
                                                    .map(
                                                            it ->
                                                                    expander.expand(
                                                                                    it,
                                                                                    Variables.of(
                                                                                            values))
                                                                            .text()))
                            .ifPresent(it -> values.put(each.name(), it));
                } catch (DockerfileException e) {
                    throw instruction.origin().locate(e);
                }
            }
        }
        return new GlobalScope(file.directives().escape(), values, given, platforms);
    }

    /** What FROM sees. */
    public Variables variables() {
        return Variables.of(declared);
    }
}
