package io.gantry.cli;

import io.gantry.base.Signals;
import io.gantry.proto.image.Credentials;
import io.gantry.proto.image.LoginRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "login",
        description = "Log in to a registry: pulls and pushes from here use what it took.")
final class LoginCommand extends GantrySubcommand {

    /** More than any password; a file that was given by mistake. */
    private static final int MAX_SECRET = 64 * 1024;

    @Option(
            names = {"-u", "--username"},
            paramLabel = "NAME")
    private String username = "";

    @Option(
            names = {"-p", "--password"},
            paramLabel = "PASSWORD",
            description = "Everybody on this machine can see it; rather use --password-stdin.")
    private @Nullable String password;

    @Option(names = "--password-stdin", description = "Read the password from standard input.")
    private boolean fromStdin;

    @Parameters(
            arity = "0..1",
            paramLabel = "SERVER",
            description = "A registry's host, with port if any; default: docker.io.")
    private String server = "";

    private final Terminal terminal = new Terminal();

    LoginCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() throws IOException {
        String registry = RegistryName.parse(server);
        LoginFile file = LoginFile.of(root().environment());
        Credentials credentials = ask(registry);
        String token =
                images().login(
                                LoginRequest.newBuilder()
                                        .setRegistry(registry)
                                        .setCredentials(credentials)
                                        .build())
                        .getIdentityToken();
        Credentials kept =
                token.isEmpty()
                        ? credentials
                        : Credentials.newBuilder()
                                .setUsername(credentials.getUsername())
                                .setIdentityToken(token)
                                .build();
        file.put(registry, kept);
        warnIfHidden(registry, kept);
        streams().out().println("Login Succeeded");
        streams().flush();
        return ExitCodes.OK;
    }

    private Credentials ask(String registry) throws IOException {
        if (fromStdin && password != null) {
            throw new UsageException("--password and --password-stdin exclude each other");
        }
        if (fromStdin && username.isEmpty()) {
            throw new UsageException("--password-stdin needs --username as well");
        }
        boolean prompts = username.isEmpty() || (password == null && !fromStdin);
        if (prompts && !terminal.isThere()) {
            throw new UsageException(
                    "standard input is not a terminal: give --username and --password-stdin");
        }
        String name = username.isEmpty() ? prompt("Username for " + registry + ": ") : username;
        String secret = password;
        if (secret == null) {
            secret = fromStdin ? withoutLineEnd(readAll()) : promptHidden("Password: ");
        }
        if (name.isEmpty() || secret.isEmpty()) {
            throw new UsageException((name.isEmpty() ? "username" : "password") + " is empty");
        }
        return Credentials.newBuilder().setUsername(name).setPassword(secret).build();
    }

    private String prompt(String text) throws IOException {
        streams().err().print(text);
        streams().flush();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = streams().in().read(); c >= 0 && c != '\n'; c = streams().in().read()) {
            line.write(c);
        }
        return line.toString(StandardCharsets.UTF_8).strip();
    }

    /** Whoever gives up by Ctrl-C finds the terminal as it was. */
    private String promptHidden(String text) throws IOException {
        for (String signal : new String[] {"INT", "TERM", "HUP"}) {
            Signals.handle(
                    signal,
                    number -> {
                        terminal.restore();
                        Runtime.getRuntime().halt(128 + number);
                    });
        }
        terminal.hideInput();
        try {
            return prompt(text);
        } finally {
            terminal.restore();
            streams().err().println();
        }
    }

    private String readAll() throws IOException {
        byte[] bytes = streams().in().readNBytes(MAX_SECRET + 1);
        if (bytes.length > MAX_SECRET) {
            throw new UsageException("the password on standard input is longer than any");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String withoutLineEnd(String text) {
        String line = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    /** Podman's files are read before Docker's. */
    private void warnIfHidden(String registry, Credentials kept) {
        Credentials used = new RegistryLogins(root().environment()).find(registry + "/x");
        if (!used.getUsername().equals(kept.getUsername())
                || !used.getPassword().equals(kept.getPassword())
                || !used.getIdentityToken().equals(kept.getIdentityToken())) {
            boolean tokenOnly =
                    used.getUsername().isEmpty()
                            && used.getIdentityToken().equals(kept.getIdentityToken());
            if (!tokenOnly) {
                streams()
                        .complain(
                                "warning: another login for "
                                        + registry
                                        + " is found before this one, as podman keeps it");
            }
        }
    }
}
