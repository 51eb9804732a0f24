package io.gantry.image.build.engine;

import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.source.Place;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Numbers the instructions of a stage that do something. Used by one thread. */
final class StageSteps {

    private final Vertices vertices;
    private final String stage;
    private final int total;
    private int last;

    /**
     * Steps.
     *
     * @param stage its name with a blank behind it, or empty
     * @param base whether the stage begins with something that is shown
     */
    StageSteps(Vertices vertices, String stage, boolean base, List<Instruction> instructions) {
        this.vertices = vertices;
        this.stage = stage;
        this.total =
                (base ? 1 : 0) + (int) instructions.stream().filter(StageSteps::isShown).count();
    }

    private static boolean isShown(Instruction instruction) {
        return instruction instanceof Instruction.Run
                || instruction instanceof Instruction.Copy
                || instruction instanceof Instruction.Add
                || instruction instanceof Instruction.Workdir;
    }

    /** Begins the next one: {@code [builder 2/5] RUN make}. */
    Vertex start(String text, Place place) {
        last++;
        String name = String.format(Locale.ROOT, "[%s%d/%d] %s", stage, last, total, text.strip());
        return vertices.start(name, Optional.of(place));
    }
}
