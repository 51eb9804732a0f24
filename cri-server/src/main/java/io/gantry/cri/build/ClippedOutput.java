package io.gantry.cri.build;

import io.gantry.image.build.api.StepRunner.StepOutput;
import io.gantry.runtime.task.TaskOutput;
import java.nio.charset.StandardCharsets;

/**
 * Passes on the first of what a command writes, and the last, where mostly is what it failed by.
 * Used by one thread.
 */
final class ClippedOutput implements TaskOutput {

    /** As BuildKit has it. */
    static final int HEAD = 2 << 20;

    static final int TAIL = 16 << 10;

    private final StepOutput output;
    private final byte[] tail = new byte[TAIL];
    private long seen;

    ClippedOutput(StepOutput output) {
        this.output = output;
    }

    @Override
    public void write(boolean error, byte[] bytes) {
        int head = Math.clamp(HEAD - seen, 0, bytes.length);
        if (head > 0) {
            output.write(error, bytes, 0, head);
        }
        for (int i = Math.max(head, bytes.length - TAIL); i < bytes.length; i++) {
            tail[(int) ((seen + i - HEAD) % TAIL)] = bytes[i];
        }
        seen += bytes.length;
    }

    /** Passes on what was kept back; at the end. */
    void finish() {
        long more = seen - HEAD;
        if (more <= 0) {
            return;
        }
        if (more > TAIL) {
            String gap = "\n[output clipped: " + (more - TAIL) + " bytes left out]\n";
            byte[] bytes = gap.getBytes(StandardCharsets.UTF_8);
            output.write(true, bytes, 0, bytes.length);
            int from = (int) (more % TAIL);
            output.write(false, tail, from, TAIL - from);
            output.write(false, tail, 0, from);
        } else {
            output.write(false, tail, 0, (int) more);
        }
    }
}
