package io.gantry.runtime.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.bundle.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/** Calls of OCI runtimes that start no process of their own. Thread-safe. */
public final class OciRuntime {

    /** A runtime that takes longer hangs. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Clock clock;
    private final ConcurrentMap<Binary, HandlerFeatures> features = new ConcurrentHashMap<>();

    public OciRuntime(Clock clock) {
        this.clock = clock;
    }

    /** A binary as it was at a time. */
    private record Binary(String path, FileTime modified, long size) {}

    /**
     * Has a created container run its program.
     *
     * @param log that the call writes to
     * @throws IOException with the runtime's own words when it fails
     */
    public void start(OciHandler handler, String container, Path log) throws IOException {
        call(handler, log, List.of("start", container));
    }

    /** Whether a container runs its program, or did. */
    public boolean isStarted(OciHandler handler, String container, Path log) throws IOException {
        HostCommand.Output state = call(handler, log, List.of("state", container));
        try {
            String status = OciDocument.JSON.readTree(state.text()).path("status").asText("");
            return !status.equals("created") && !status.equals("creating");
        } catch (JsonProcessingException e) {
            throw new IOException(
                    handler.name() + " state " + container + ": not JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Removes what the runtime keeps of a container, and the container, if there is such a thing.
     *
     * @throws IOException with the runtime's own words when it fails
     */
    public void delete(OciHandler handler, String container, Path log) throws IOException {
        if (!keeps(handler, container)) {
            return;
        }
        if (handler.problem().isPresent()) {
            // Uninstalled meanwhile: what it would have removed besides, its callers remove.
            Trees.delete(Path.of(handler.root()).resolve(container));
        } else {
            try {
                call(handler, log, List.of("delete", "--force", container));
            } catch (IOException e) {
                if (keeps(handler, container)) {
                    throw e;
                }
                // Somebody else was faster.
            }
        }
    }

    /** Runtimes name what they keep after the container. */
    private static boolean keeps(OciHandler handler, String container) throws IOException {
        Path root = Path.of(handler.root());
        if (!Files.isDirectory(root)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(root)) {
            return entries.anyMatch(entry -> entry.toString().contains(container));
        }
    }

    /** How a handler is now. */
    public HandlerReport report(OciHandler handler) {
        String problem = handler.problem().orElse("");
        return new HandlerReport(
                handler, problem, problem.isEmpty() ? features(handler) : HandlerFeatures.UNKNOWN);
    }

    /** What a runtime can do; asked once of each binary. */
    public HandlerFeatures features(OciHandler handler) {
        Path path = Path.of(handler.binary());
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            Binary binary = new Binary(handler.binary(), file.lastModifiedTime(), file.size());
            HandlerFeatures known = features.get(binary);
            if (known == null) {
                known = ask(handler);
                features.put(binary, known);
            }
            return known;
        } catch (IOException e) {
            return HandlerFeatures.UNKNOWN;
        }
    }

    private HandlerFeatures ask(OciHandler handler) throws IOException {
        HostCommand.Output output =
                HostCommand.run(
                        List.of(handler.binary(), "features"), Deadline.after(TIMEOUT, clock));
        return output.status() == 0
                ? HandlerFeatures.parse(output.text())
                : HandlerFeatures.UNKNOWN;
    }

    private HostCommand.Output call(OciHandler handler, Path log, List<String> verb)
            throws IOException {
        handler.requireUsable();
        Files.deleteIfExists(log);
        HostCommand.Output output =
                HostCommand.run(handler.command(log, verb), Deadline.after(TIMEOUT, clock));
        if (output.status() != 0) {
            throw new IOException(
                    handler.name()
                            + " "
                            + verb.getFirst()
                            + ": "
                            + RuntimeLog.lastError(log).orElseGet(output::words));
        }
        return output;
    }
}
