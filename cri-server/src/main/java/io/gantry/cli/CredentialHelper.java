package io.gantry.cli;

import io.gantry.proto.image.Credentials;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A program that keeps credentials: {@code docker-credential-NAME}. */
final class CredentialHelper {

    private static final String TOKEN_USER = "<token>";

    private final String program;

    CredentialHelper(String name) {
        if (!name.matches("[A-Za-z0-9._-]+")) {
            throw new UsageException("credential helper \"" + name + "\" is no name of a program");
        }
        this.program = "docker-credential-" + name;
    }

    /** What it keeps for a server; empty when it keeps nothing. */
    Optional<Credentials> get(String server) {
        try {
            Process process =
                    new ProcessBuilder(program, "get")
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            try (OutputStream input = process.getOutputStream()) {
                input.write(server.getBytes(StandardCharsets.UTF_8));
            }
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            // Having nothing is a failure of the program, told on standard output.
            return process.waitFor() == 0 ? Optional.of(parse(answer)) : Optional.empty();
        } catch (IOException e) {
            throw new UsageException(program + ": " + Failures.text(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static Credentials parse(String answer) throws IOException {
        JsonTree json = JsonTree.parse(answer);
        return json.text("Username").equals(TOKEN_USER)
                ? Credentials.newBuilder().setIdentityToken(json.text("Secret")).build()
                : Credentials.newBuilder()
                        .setUsername(json.text("Username"))
                        .setPassword(json.text("Secret"))
                        .build();
    }
}
