package io.gantry.runtime.cni;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Runs plugins: configuration on standard input, result on standard output (specification §2). */
final class CniPlugins {

    /** A result is a page of JSON at most; more is a plugin gone wild. */
    private static final int MAX_OUTPUT = 1 << 20;

    /** How long what an ended plugin has written may take to arrive. */
    private static final int DRAIN_SECONDS = 2;

    private final List<Path> directories;
    private final ObjectMapper json;

    CniPlugins(List<Path> directories, ObjectMapper json) {
        this.directories = List.copyOf(directories);
        this.json = json;
    }

    /**
     * Checks that the plugins of a chain are there, and those that they hand addresses over to.
     *
     * @throws CniException naming the first that is missing
     */
    void require(List<ObjectNode> chain) throws CniException {
        for (ObjectNode configuration : chain) {
            find(configuration.path("type").asText());
            String delegate = configuration.path("ipam").path("type").asText("");
            if (!delegate.isEmpty()) {
                find(delegate);
            }
        }
    }

    /**
     * Runs one plugin.
     *
     * @return what it printed; empty object when it printed nothing
     * @throws CniException when it is missing, fails or takes too long
     */
    JsonNode run(String command, ObjectNode configuration, Attachment attachment, Deadline deadline)
            throws IOException {
        return run(command, configuration, attachment.environment(command), deadline);
    }

    /** The same without a pod. */
    JsonNode run(
            String command,
            ObjectNode configuration,
            Map<String, String> environment,
            Deadline deadline)
            throws IOException {
        String type = configuration.path("type").asText();
        ProcessBuilder builder = new ProcessBuilder(find(type).toString());
        builder.environment().putAll(environment);
        builder.environment()
                .put(
                        "CNI_PATH",
                        directories.stream().map(Path::toString).collect(Collectors.joining(":")));
        Process process = builder.start();
        ExecutorService readers = Tasks.perTask("cni-" + type);
        try {
            Future<byte[]> output = readers.submit(() -> read(process.getInputStream()));
            Future<byte[]> errors = readers.submit(() -> read(process.getErrorStream()));
            feed(process, configuration);
            if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new CniException("network plugin " + type + ": " + command + " timed out");
            }
            return result(type, command, process.exitValue(), drained(output), drained(errors));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("interrupted while network plugin " + type + " ran")
                            .initCause(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new CniException("network plugin " + type + ": its output cannot be read", e);
        } finally {
            process.destroyForcibly();
            // Not close(): a child of the plugin may hold the pipes for as long as it likes.
            readers.shutdownNow();
        }
    }

    private static byte[] drained(Future<byte[]> bytes)
            throws InterruptedException, ExecutionException, TimeoutException {
        return bytes.get(DRAIN_SECONDS, TimeUnit.SECONDS);
    }

    private Path find(String type) throws CniException {
        return directories.stream()
                .map(directory -> directory.resolve(type))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () ->
                                new CniException(
                                        "network plugin " + type + " is not in " + directories));
    }

    private void feed(Process process, ObjectNode configuration) {
        try (OutputStream input = process.getOutputStream()) {
            input.write(json.writeValueAsBytes(configuration));
        } catch (IOException e) {
            // A plugin that ends without reading has more to say by its exit status than this has.
        }
    }

    private JsonNode result(String type, String command, int status, byte[] output, byte[] errors)
            throws CniException {
        JsonNode document;
        try {
            document = json.readTree(output);
        } catch (JsonProcessingException e) {
            throw refusal(
                    type, command, status, new String(output, StandardCharsets.UTF_8), errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (status == 0) {
            return document.isMissingNode() ? json.createObjectNode() : document;
        }
        String details = document.path("details").asText("");
        String message =
                document.path("msg").asText("") + (details.isEmpty() ? "" : "; " + details);
        throw refusal(type, command, status, message, errors);
    }

    private static CniException refusal(
            String type, String command, int status, String message, byte[] errors) {
        String words =
                message.isBlank()
                        ? new String(errors, StandardCharsets.UTF_8).strip()
                        : message.strip();
        return new CniException(
                "network plugin "
                        + type
                        + ": "
                        + command
                        + ": "
                        + words
                        + " (exit status "
                        + status
                        + ")");
    }

    private static byte[] read(InputStream stream) throws IOException {
        try (InputStream in = stream) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                if (bytes.size() < MAX_OUTPUT) {
                    bytes.write(buffer, 0, n);
                }
            }
            return bytes.toByteArray();
        }
    }
}
