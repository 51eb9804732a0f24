package io.gantry.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An ssh-agent of the client's own, for keys that are in files; it and what it knows are gone when
 * it is closed, and soon after an end of the client that nothing could be done about.
 */
final class KeyAgent implements AutoCloseable {

    /** The agent lives as long as this does, and this as long as its input is open. */
    private static final String SCRIPT =
            "ssh-add -q \"$@\" </dev/null >&2 && echo \"$SSH_AGENT_PID\" && exec cat";

    private final Path directory;
    private final Process process;
    private final ProcessHandle agent;

    private KeyAgent(Path directory, Process process, ProcessHandle agent) {
        this.directory = directory;
        this.process = process;
        this.agent = agent;
    }

    /**
     * Starts one.
     *
     * @param keys files of private keys; for one with a passphrase ssh-add asks at the terminal
     * @throws UsageException with what ssh-add says of a key, or that there is no ssh-agent
     */
    static KeyAgent of(List<Path> keys) throws IOException {
        Path directory = Files.createTempDirectory("gantry-ssh");
        Path complaints = directory.resolve("complaints");
        List<String> words = new ArrayList<>(List.of("ssh-agent", "-a"));
        words.addAll(List.of(socket(directory).toString(), "sh", "-c", SCRIPT, "sh"));
        keys.forEach(each -> words.add(each.toAbsolutePath().toString()));
        Process process;
        try {
            process = new ProcessBuilder(words).redirectError(complaints.toFile()).start();
        } catch (IOException e) {
            remove(directory);
            throw new UsageException("--ssh: keys need ssh-agent: " + e.getMessage());
        }
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String pid = out.readLine();
        if (pid == null) {
            String why = Files.readString(complaints).strip();
            process.destroy();
            remove(directory);
            throw new UsageException("--ssh: " + why);
        }
        return new KeyAgent(
                directory, process, ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
    }

    Path socket() {
        return socket(directory);
    }

    private static Path socket(Path directory) {
        return directory.resolve("agent");
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            for (Path each : all.toList()) {
                Files.deleteIfExists(each);
            }
        }
        Files.deleteIfExists(directory);
    }

    @Override
    public void close() throws IOException {
        agent.destroy();
        process.destroy();
        agent.onExit().join();
        remove(directory);
    }
}
