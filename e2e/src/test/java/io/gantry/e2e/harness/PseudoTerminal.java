package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program with a terminal, as a person has it: {@code script} holds the other side, and a shell
 * in between tells which terminal it is and how it was left.
 */
public final class PseudoTerminal implements AutoCloseable {

    private final Path directory;
    private final Running script;

    /** Runs a program on a new terminal of so many rows and columns. */
    public PseudoTerminal(Command command, int rows, int columns) {
        try {
            directory = Files.createTempDirectory("terminal");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String line =
                "stty rows "
                        + rows
                        + " cols "
                        + columns
                        + "; stty -g >$D/before; tty >$D/part; mv $D/part $D/tty; "
                        + quoted(command.words())
                        + "; code=$?; stty -g >$D/after; exit $code";
        Command on = Command.of("script", "-q", "-e", "-c", line, "/dev/null");
        for (var variable : command.environment().entrySet()) {
            on = on.with(variable.getKey(), variable.getValue());
        }
        script = new Running(on.with("D", directory.toString()).with("SHELL", "/bin/sh"));
        Await.until(
                () -> "the terminal of " + script,
                Await.seconds(60),
                () -> Files.exists(directory.resolve("tty")));
    }

    private static String quoted(List<String> words) {
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            line.append('\'').append(word.replace("'", "'\\''")).append("' ");
        }
        return line.toString().strip();
    }

    /** What the terminal has shown so far. */
    public String shown() {
        return script.out();
    }

    /** Waits until it has shown a text. */
    public void awaitShown(String text) {
        script.awaitOut(text);
    }

    /** Types. */
    public void type(String text) {
        script.type(text);
    }

    /** Gives it another size, which tells the program in front. */
    public void resize(int rows, int columns) {
        String _ = stty("rows", Integer.toString(rows), "cols", Integer.toString(columns));
    }

    /** Waits until keys reach the program one by one, as they are. */
    public void awaitRaw() {
        Await.until(() -> "a raw terminal of " + script, Await.seconds(60), () -> isRaw());
    }

    /** Whether keys reach the program one by one, as they are. */
    public boolean isRaw() {
        return stty("-a").contains("-icanon");
    }

    /** The program itself, by a word of its command line that none of the others has. */
    public ProcessHandle program(String word) {
        return script.handle()
                .descendants()
                .filter(each -> each.info().command().orElse("").endsWith(word))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing runs: " + script));
    }

    /** Waits for the program's end; its exit code, as a shell sees it. */
    public int await() {
        return script.await();
    }

    /** Whether the program that has ended left the terminal as it was. */
    public boolean isAsBefore() {
        return read("before").equals(read("after"));
    }

    private String read(String name) {
        try {
            return Files.readString(directory.resolve(name)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String stty(String... arguments) {
        List<String> words = new ArrayList<>(List.of("stty", "-F", read("tty")));
        words.addAll(List.of(arguments));
        return Command.of(words).run().orThrow();
    }

    @Override
    public void close() {
        script.close();
        try {
            for (String name : List.of("before", "after", "part", "tty")) {
                boolean _ = Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
