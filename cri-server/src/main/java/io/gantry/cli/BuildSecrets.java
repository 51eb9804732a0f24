package io.gantry.cli;

import io.gantry.proto.build.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What the client keeps until a step asks for it. */
final class BuildSecrets {

    @Option(
            names = "--secret",
            paramLabel = "id=ID[,src=FILE|,env=NAME]",
            description = "A secret for RUN --mount=type=secret.")
    private List<String> secrets = List.of();

    @Option(
            names = "--ssh",
            paramLabel = "default|ID[=SOCKET]",
            description = "An SSH agent for RUN --mount=type=ssh.")
    private List<String> agents = List.of();

    /**
     * Where a secret is.
     *
     * @param variable of the environment; empty: it is in the file
     */
    record Secret(Path file, String variable) {}

    /** All of them by id. */
    record Offers(Map<String, Secret> secrets, Map<String, Path> agents) {}

    void apply(Open.Builder open, Map<String, String> environment) {
        Offers offers = offers(environment);
        open.addAllSecrets(offers.secrets.keySet()).addAllAgents(offers.agents.keySet());
    }

    Offers offers(Map<String, String> environment) {
        Map<String, Secret> known = new LinkedHashMap<>();
        secrets.forEach(each -> secret(each, environment, known));
        Map<String, Path> sockets = new LinkedHashMap<>();
        agents.forEach(each -> agent(each, environment, sockets));
        return new Offers(known, sockets);
    }

    private static void secret(
            String text, Map<String, String> environment, Map<String, Secret> known) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(",", -1)) {
            int equals = word.indexOf('=');
            String key = equals < 0 ? word : word.substring(0, equals);
            if (equals < 0 || !List.of("id", "src", "source", "env", "type").contains(key)) {
                throw new UsageException("--secret: '" + text + "': '" + word + "' is not known");
            }
            words.put(key.equals("source") ? "src" : key, word.substring(equals + 1));
        }
        String id = words.getOrDefault("id", "");
        String type = words.getOrDefault("type", "");
        if (id.isEmpty() || !List.of("", "file", "env").contains(type)) {
            throw new UsageException(
                    "--secret: '" + text + "' needs an id, and a type of file or env");
        }
        String source = words.getOrDefault("src", "");
        String variable =
                words.getOrDefault("env", type.equals("env") && source.isEmpty() ? id : "");
        if (variable.isEmpty() && type.equals("env")) {
            variable = source;
        }
        if (variable.isEmpty() && source.isEmpty() && environment.containsKey(id)) {
            variable = id;
        }
        if (!variable.isEmpty() && !environment.containsKey(variable)) {
            throw new UsageException("--secret: variable " + variable + " is not set");
        }
        known.put(id, new Secret(Path.of(source.isEmpty() ? id : source), variable));
    }

    private static void agent(
            String text, Map<String, String> environment, Map<String, Path> sockets) {
        int equals = text.indexOf('=');
        String id = equals < 0 ? text : text.substring(0, equals);
        Optional<String> socket =
                equals < 0
                        ? Optional.ofNullable(environment.get("SSH_AUTH_SOCK"))
                        : Optional.of(text.substring(equals + 1));
        if (socket.isEmpty() || socket.get().isEmpty()) {
            throw new UsageException("--ssh: no agent: SSH_AUTH_SOCK is not set");
        }
        Path path = Path.of(socket.get());
        if (Files.isRegularFile(path)) {
            throw new UsageException(
                    "--ssh: " + path + " is no socket; keys are not read: ssh-add it to an agent");
        }
        sockets.put(id, path);
    }
}
