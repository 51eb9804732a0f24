package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A program of the machine that runs to its end. Immutable. */
public record Command(List<String> words, Map<String, String> environment) {

    private static final Duration LIMIT = Await.seconds(300);

    /** What a program did. */
    public record Result(List<String> words, int code, String out, String err) {

        /** Standard output, when all went well. */
        public String orThrow() {
            if (code != 0) {
                throw new AssertionError(this);
            }
            return out;
        }

        /** Lines of standard output. */
        public List<String> lines() {
            return out.lines().toList();
        }

        @Override
        public String toString() {
            return "exit code %d of %s\n%s%s".formatted(code, String.join(" ", words), out, err);
        }
    }

    /** A command with the environment of this process. */
    public static Command of(List<String> words) {
        return new Command(List.copyOf(words), Map.of());
    }

    public static Command of(String... words) {
        return of(List.of(words));
    }

    /** The same with one more variable. */
    public Command with(String name, String value) {
        Map<String, String> variables = new LinkedHashMap<>(environment);
        variables.put(name, value);
        return new Command(words, Map.copyOf(variables));
    }

    /** Runs it, without input. */
    public Result run() {
        return run("");
    }

    /** Runs it and feeds it. */
    public Result run(String input) {
        try {
            Process process = start();
            CompletableFuture<String> out = read(process.getInputStream());
            CompletableFuture<String> err = read(process.getErrorStream());
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException notRead) {
                // A program need not want it.
            }
            if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("after " + LIMIT + " still runs: " + words);
            }
            return new Result(words, process.exitValue(), out.get(), err.get());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ExecutionException e) {
            throw new AssertionError("output of " + words, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Starts it with its output to be read by the caller. */
    public Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(words));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static CompletableFuture<String> read(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try (stream) {
                                text.complete(
                                        new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                            } catch (IOException e) {
                                text.completeExceptionally(e);
                            }
                        });
        return text;
    }
}
