package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program {@code docker-credential-NAME} that keeps credentials: told a server on its standard
 * input, it answers with JSON (docker-credential-helpers, "Development"). Must be in the daemon's
 * PATH.
 */
final class CredentialHelper {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,63}");
    private static final int MAX_BYTES = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What helpers say, with a failure, of a server that they do not know. */
    private static final String NOT_FOUND = "credentials not found";

    private final String program;
    private final Duration patience;

    CredentialHelper(String program, Duration patience) {
        this.program = program;
        this.patience = patience;
    }

    /**
     * The helper of a name.
     *
     * @throws InvalidArgumentException when the name could be a path or an option
     */
    static CredentialHelper named(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidArgumentException(
                    "credential helper has a bad name \"" + ErrorBody.printable(name) + "\"");
        }
        return new CredentialHelper("docker-credential-" + name, PATIENCE);
    }

    /**
     * The credentials of a server; empty when the helper has none.
     *
     * @throws FailedPreconditionException when it cannot be run, fails or takes too long
     */
    Optional<Credentials> get(String server) {
        Process process;
        try {
            process =
                    new ProcessBuilder(program, "get")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            throw failed(server, String.valueOf(e.getMessage()), e);
        }
        try {
            return answer(server, process);
        } catch (IOException e) {
            throw failed(server, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while asking " + program, e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private Optional<Credentials> answer(String server, Process process)
            throws IOException, InterruptedException {
        CompletableFuture<byte[]> output = new CompletableFuture<>();
        Tasks.start("credential-helper", () -> read(process.getInputStream(), output));
        try (OutputStream in = process.getOutputStream()) {
            in.write(server.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // One that answers without having listened still has answered.
            output.completeOnTimeout(new byte[0], 1, TimeUnit.SECONDS);
        }
        byte[] bytes = await(server, output);
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw failed(server, "it does not end", null);
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
            if (text.contains(NOT_FOUND)) {
                return Optional.empty();
            }
            throw failed(
                    server,
                    "it ended with " + process.exitValue() + ": " + ErrorBody.printable(text),
                    null);
        }
        return Optional.of(credentials(server, bytes));
    }

    private byte[] await(String server, CompletableFuture<byte[]> output)
            throws IOException, InterruptedException {
        try {
            return output.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failed(server, "no answer for " + patience.toSeconds() + " seconds", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private static void read(InputStream in, CompletableFuture<byte[]> output) {
        try (in) {
            output.complete(in.readNBytes(MAX_BYTES));
        } catch (IOException e) {
            output.completeExceptionally(e);
        }
    }

    private Credentials credentials(String server, byte[] bytes) {
        JsonNode json;
        try {
            json = MAPPER.readTree(bytes);
        } catch (IOException e) {
            // The cause would repeat the text, which may hold a secret.
            throw failed(server, "it answered with something not JSON", null);
        }
        return Credentials.basic(json.path("Username").asText(""), json.path("Secret").asText(""));
    }

    private FailedPreconditionException failed(
            String server, String why, @Nullable Throwable cause) {
        return new FailedPreconditionException(
                "credential helper " + program + " failed for " + server + ": " + why, cause);
    }
}
