package io.gantry.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.gantry.proto.image.Credentials;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A program that keeps credentials: {@code docker-credential-NAME}. */
final class CredentialHelper {

    private static final String TOKEN_USER = "<token>";
    private static final String NOTHING_KEPT = "credentials not found";

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
            // Having nothing is a failure of the program, told on standard output.
            Answer answer = ask("get", server);
            return answer.code == 0 ? Optional.of(parse(answer.text)) : Optional.empty();
        } catch (IOException e) {
            throw new UsageException(program + ": " + Failures.text(e));
        }
    }

    /**
     * Has it keep something for a server.
     *
     * @throws IOException when it does not
     */
    void store(String server, Credentials credentials) throws IOException {
        String token = credentials.getIdentityToken();
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("ServerURL", server);
            json.writeStringField(
                    "Username", token.isEmpty() ? credentials.getUsername() : TOKEN_USER);
            json.writeStringField("Secret", token.isEmpty() ? credentials.getPassword() : token);
            json.writeEndObject();
        }
        Answer answer = ask("store", text.toString());
        if (answer.code != 0) {
            throw new IOException(program + " does not keep the credentials: " + answer.line());
        }
    }

    /** Has it forget a server; it may know nothing of it. */
    void erase(String server) throws IOException {
        Answer answer = ask("erase", server);
        if (answer.code != 0 && !answer.text.contains(NOTHING_KEPT)) {
            throw new IOException(program + " does not forget " + server + ": " + answer.line());
        }
    }

    private record Answer(int code, String text) {

        String line() {
            return text.lines().findFirst().orElse("exit code " + code);
        }
    }

    private Answer ask(String verb, String text) throws IOException {
        Process process =
                new ProcessBuilder(program, verb)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (OutputStream input = process.getOutputStream()) {
            input.write(text.getBytes(StandardCharsets.UTF_8));
        }
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Answer(process.waitFor(), answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
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
