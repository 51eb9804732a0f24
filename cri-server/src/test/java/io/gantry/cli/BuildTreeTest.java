package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gantry.proto.build.Event;
import io.gantry.proto.build.Outcome;
import io.gantry.proto.engine.TerminalSize;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is on the screen at the end of a build; how often it was drawn before depends on time. */
class BuildTreeTest {

    private static final TerminalSize SIZE =
            TerminalSize.newBuilder().setColumns(60).setRows(10).build();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final BuildTree tree =
            new BuildTree(new PrintStream(out, true, StandardCharsets.UTF_8), () -> SIZE);

    private void vertex(int number, String name) {
        tree.event(
                Event.newBuilder()
                        .setVertex(Event.Vertex.newBuilder().setVertex(number).setName(name))
                        .build());
        tree.event(
                Event.newBuilder()
                        .setStarted(Event.Started.newBuilder().setVertex(number))
                        .build());
    }

    private void finished(int number, Outcome outcome, long millis) {
        tree.event(
                Event.newBuilder()
                        .setFinished(
                                Event.Finished.newBuilder()
                                        .setVertex(number)
                                        .setOutcome(outcome)
                                        .setDuration(millis * 1_000_000))
                        .build());
    }

    /** The lines of the last drawing, without what clears the rest of them. */
    private List<String> screen() {
        tree.close();
        String text = out.toString(StandardCharsets.UTF_8);
        return Stream.of(text.substring(text.lastIndexOf("[+] Building")).split("\n"))
                .map(line -> line.replace("\r", "").replace("\u001b[K", ""))
                .toList();
    }

    @Test
    void everyStepHasALineWithWhatCameOfItAndItsTime() {
        vertex(1, "[1/4] FROM base");
        tree.event(Event.newBuilder().setCached(Event.Cached.newBuilder().setVertex(1)).build());
        finished(1, Outcome.OUTCOME_DONE, 0);
        vertex(2, "[2/4] RUN make");
        finished(2, Outcome.OUTCOME_DONE, 12_340);
        vertex(3, "[3/4] RUN false");
        finished(3, Outcome.OUTCOME_FAILED, 100);
        vertex(4, "[other 1/1] RUN sleep 9");
        finished(4, Outcome.OUTCOME_CANCELED, 200);
        tree.contextSent("", 3, 2, 1_500);

        List<String> screen = screen();
        assertThat(screen.getFirst()).startsWith("[+] Building ").endsWith(" (5/5) FINISHED");
        assertThat(screen.subList(1, 6))
                .containsExactly(
                        line(" => CACHED [1/4] FROM base", "0.0s"),
                        line(" => [2/4] RUN make", "12.3s"),
                        line(" => ERROR [3/4] RUN false", "0.1s"),
                        line(" => CANCELED [other 1/1] RUN sleep 9", "0.2s"),
                        screen.get(5));
        assertThat(screen.get(5)).startsWith(" => [internal] load build context: 1.5");
    }

    private static String line(String text, String time) {
        return text + " ".repeat(59 - text.length() - time.length()) + time;
    }

    @Test
    void nothingThatAStepIsCalledOrWritesMovesTheCursor() {
        vertex(1, "[1/2] RUN printf '\u001b[2Ja\u0007\nb\rc'");
        tree.event(
                Event.newBuilder()
                        .setLog(
                                Event.Log.newBuilder()
                                        .setVertex(1)
                                        .setData(ByteString.copyFromUtf8("x\u001b[31my\u0008z\n")))
                        .build());
        finished(1, Outcome.OUTCOME_DONE, 0);

        assertThat(screen().get(1)).startsWith(" => [1/2] RUN printf 'a b c' ").endsWith(" 0.0s");
        assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain("[2J", "\u0007", "\u0008");
    }

    @Test
    void noLineIsAsWideAsTheTerminal() {
        vertex(1, "[1/1] RUN " + "x".repeat(500));
        finished(1, Outcome.OUTCOME_DONE, 3_600_000);

        assertThat(screen()).allMatch(line -> line.length() < SIZE.getColumns());
    }
}
