package io.gantry.runtime.oci;

import io.gantry.linux.launch.RuntimeCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Calls by which a runtime starts a process, and the files that they leave.
 *
 * @param directory of the container, its bundle
 * @param name of the files, before their suffix
 * @param console where the master of a terminal is handed over; empty: there is no terminal
 */
public record OciCalls(OciHandler handler, Path directory, String name, Optional<Path> console) {

    /**
     * Makes a container of the bundle, which waits for its start.
     *
     * @param systemd whether its cgroup is a scope that the runtime asks systemd for
     */
    public RuntimeCall create(String container, boolean systemd) {
        List<String> global = systemd ? List.of("--systemd-cgroup") : List.of();
        return call(global, "create", List.of("--bundle", directory.toString()), container);
    }

    /** Runs the process of a document in a container. */
    public RuntimeCall exec(String container, Path document) {
        return call(
                List.of(),
                "exec",
                List.of("--detach", "--process", document.toString()),
                container);
    }

    private RuntimeCall call(
            List<String> global, String verb, List<String> options, String container) {
        List<String> words = new ArrayList<>(global);
        words.add(verb);
        words.addAll(options);
        words.addAll(List.of("--pid-file", pidFile().toString()));
        console.ifPresent(socket -> words.addAll(List.of("--console-socket", socket.toString())));
        words.add(container);
        return new RuntimeCall(
                handler.name() + " " + verb, handler.command(log(), words), pidFile(), console);
    }

    /** What the runtime says of its failure. */
    public Path log() {
        return directory.resolve(name + ".log");
    }

    /** The process of an exec. */
    public Path document() {
        return directory.resolve(name + ".json");
    }

    private Path pidFile() {
        return directory.resolve(name + ".pid");
    }

    /** Removes what a call that failed before may have left. */
    public void clearOutputs() throws IOException {
        Files.deleteIfExists(pidFile());
        Files.deleteIfExists(log());
        if (console.isPresent()) {
            Files.deleteIfExists(console.get());
        }
    }

    /** Removes all of the files. */
    public void clear() throws IOException {
        clearOutputs();
        Files.deleteIfExists(document());
    }
}
