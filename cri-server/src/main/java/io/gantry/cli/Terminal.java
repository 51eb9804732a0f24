package io.gantry.cli;

import io.gantry.proto.engine.TerminalSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The terminal on the client's standard input, worked through stty(1): the client has no native
 * code of its own, and needs a terminal only where a person sits before it.
 */
final class Terminal {

    private @Nullable String saved;

    /** Fails unless standard input is a terminal. */
    void require() {
        if (stty("-g").isEmpty()) {
            throw new UsageException("standard input is not a terminal; leave -t out");
        }
    }

    /** Its size; empty where there is none. */
    Optional<TerminalSize> size() {
        return stty("size").flatMap(Terminal::parseSize);
    }

    /** The size of the terminal that a path names. */
    static Optional<TerminalSize> sizeOf(String path) {
        return stty("-F", path, "size").flatMap(Terminal::parseSize);
    }

    static Optional<TerminalSize> parseSize(String text) {
        String[] words = text.strip().split(" ", -1);
        if (words.length != 2 || !words[0].matches("\\d{1,5}") || !words[1].matches("\\d{1,5}")) {
            return Optional.empty();
        }
        return Optional.of(
                TerminalSize.newBuilder()
                        .setRows(Integer.parseInt(words[0]))
                        .setColumns(Integer.parseInt(words[1]))
                        .build());
    }

    /** Passes every key on as it is; does nothing where there is no terminal. */
    synchronized void makeRaw() {
        if (saved == null) {
            saved = stty("-g").map(String::strip).orElse(null);
            if (saved != null) {
                stty("raw", "-echo");
            }
        }
    }

    /** Whether standard input is one. */
    boolean isThere() {
        return stty("-g").isPresent();
    }

    /** Shows nothing of what is typed; does nothing where there is no terminal. */
    synchronized void hideInput() {
        if (saved == null) {
            saved = stty("-g").map(String::strip).orElse(null);
            if (saved != null) {
                stty("-echo");
            }
        }
    }

    /** Undoes what was done to it; may be called at any time. */
    synchronized void restore() {
        if (saved != null) {
            stty(saved);
            saved = null;
        }
    }

    private static Optional<String> stty(String... arguments) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(ProcessBuilder.Redirect.INHERIT)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
