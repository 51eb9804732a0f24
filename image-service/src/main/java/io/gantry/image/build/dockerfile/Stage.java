package io.gantry.image.build.dockerfile;

import java.util.List;

/**
 * A FROM and what follows it up to the next.
 *
 * @param index from 0
 */
public record Stage(int index, Instruction.From from, List<Instruction> instructions) {

    public Stage {
        instructions = List.copyOf(instructions);
    }

    /** Its name, or {@code stage-N}. */
    public String label() {
        return from.name().orElse("stage-" + index);
    }
}
