package io.gantry.image.build.remote;

import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The node's git, told to look at nothing of the node's: no configuration, no hooks, no templates,
 * no credentials, no question at a terminal, no repositories that are files.
 */
final class GitProgram {

    private static final int MAX_OUTPUT = 4 << 20;
    private static final int MAX_MESSAGE = 2000;
    private static final List<String> INHERITED =
            List.of("PATH", "http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY");

    private final Map<String, String> environment;
    private final Deadline deadline;

    /**
     * A way to run it.
     *
     * @param environment beside what is always there; may hold secrets
     */
    GitProgram(Map<String, String> environment, Deadline deadline) {
        this.environment = Map.copyOf(environment);
        this.deadline = deadline;
    }

    /**
     * Runs it and returns what it wrote.
     *
     * @throws FailedPreconditionException when it fails, with what it said
     */
    String run(Path directory, String... arguments) {
        Process process = start(directory, List.of(arguments));
        try {
            process.getOutputStream().close();
            CompletableFuture<String> said = reading(process.getErrorStream());
            CompletableFuture<String> written = reading(process.getInputStream());
            if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new DeadlineExceededException("deadline exceeded while git was running");
            }
            String output = written.join();
            if (process.exitValue() != 0) {
                throw new FailedPreconditionException(
                        "git " + arguments[0] + " failed: " + shown(said.join()));
            }
            return output;
        } catch (IOException e) {
            throw new FailedPreconditionException("cannot talk to git: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while git was running", e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private Process start(Path directory, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add("git");
        for (String each :
                List.of(
                        "core.hooksPath=/dev/null",
                        "core.fsmonitor=false",
                        "gc.auto=0",
                        "advice.detachedHead=false",
                        "protocol.file.allow=never",
                        "http.lowSpeedLimit=1",
                        "http.lowSpeedTime=60")) {
            command.add("-c");
            command.add(each);
        }
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        Map<String, String> all = builder.environment();
        all.keySet().retainAll(INHERITED);
        all.put("HOME", "/nonexistent");
        all.put("LC_ALL", "C");
        all.put("GIT_CONFIG_NOSYSTEM", "1");
        all.put("GIT_CONFIG_GLOBAL", "/dev/null");
        all.put("GIT_TERMINAL_PROMPT", "0");
        all.put("GIT_ALLOW_PROTOCOL", "git:http:https:ssh");
        all.put(
                "GIT_SSH_COMMAND",
                "ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o"
                        + " IdentityFile=/dev/null");
        all.putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "cannot start git, which repositories are fetched by: is it installed?", e);
        }
    }

    private static CompletableFuture<String> reading(InputStream in) {
        CompletableFuture<String> all = new CompletableFuture<>();
        Tasks.start(
                "git-output",
                () -> {
                    try (in) {
                        byte[] bytes = in.readNBytes(MAX_OUTPUT);
                        // What is too much is read, too, so that git does not wait for ever.
                        in.transferTo(OutputStream.nullOutputStream());
                        all.complete(new String(bytes, StandardCharsets.UTF_8));
                    } catch (IOException e) {
                        all.complete("");
                    }
                });
        return all;
    }

    /** The end of what it said, without control characters and credentials. */
    private static String shown(String said) {
        String clean =
                said.strip()
                        .replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ")
                        .replaceAll("([a-zA-Z]+://)[^/@\\s]*@", "$1");
        return clean.length() > MAX_MESSAGE
                ? "…" + clean.substring(clean.length() - MAX_MESSAGE)
                : clean;
    }
}
