package io.gantry.image.build.stage;

import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Stage;
import io.gantry.image.manifest.Platform;
import java.util.ArrayList;
import java.util.List;

/**
 * A stage whose beginning is known.
 *
 * @param platform that its image is for
 * @param replaced whether a named context is its result, so that nothing of it is executed
 * @param triggers of the stage below, to be executed before its own instructions
 */
public record ResolvedStage(
        Stage stage, Source base, Platform platform, boolean replaced, List<Instruction> triggers) {

    public ResolvedStage {
        triggers = List.copyOf(triggers);
    }

    /** All that is executed, in order; what the base image triggers goes before it. */
    public List<Instruction> instructions() {
        if (replaced) {
            return List.of();
        }
        List<Instruction> all = new ArrayList<>(triggers);
        all.addAll(stage.instructions());
        return all;
    }
}
