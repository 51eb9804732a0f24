package io.gantry.cli;

import io.gantry.proto.build.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
            paramLabel = "default|ID[=SOCKET|=KEY[,KEY]…]",
            description = "An SSH agent, or keys, for RUN --mount=type=ssh.")
    private List<String> agents = List.of();

    /**
     * Where a secret is.
     *
     * @param variable of the environment; empty: it is in the file
     */
    record Secret(Path file, String variable) {}

    /**
     * All of them by id.
     *
     * @param agents sockets
     * @param keys files, for which there are no agents yet
     */
    record Offers(
            Map<String, Secret> secrets, Map<String, Path> agents, Map<String, List<Path>> keys) {}

    /** What can be offered while it is open. */
    static final class Offering implements AutoCloseable {

        private final Map<String, Secret> secrets;
        private final Map<String, Path> agents;
        private final List<KeyAgent> own = new ArrayList<>();

        private Offering(Offers offers) {
            this.secrets = offers.secrets;
            this.agents = new HashMap<>(offers.agents);
        }

        Map<String, Secret> secrets() {
            return secrets;
        }

        Map<String, Path> agents() {
            return agents;
        }

        @Override
        public void close() throws IOException {
            for (KeyAgent each : own) {
                each.close();
            }
        }
    }

    /** Starts the agents of keys. */
    static Offering open(Offers offers) throws IOException {
        Offering open = new Offering(offers);
        boolean done = false;
        try {
            for (Map.Entry<String, List<Path>> each : offers.keys.entrySet()) {
                KeyAgent agent = KeyAgent.of(each.getValue());
                open.own.add(agent);
                open.agents.put(each.getKey(), agent.socket());
            }
            done = true;
            return open;
        } finally {
            if (!done) {
                open.close();
            }
        }
    }

    void apply(Open.Builder open, Map<String, String> environment) {
        Offers offers = offers(environment);
        open.addAllSecrets(offers.secrets.keySet())
                .addAllAgents(offers.agents.keySet())
                .addAllAgents(offers.keys.keySet());
    }

    Offers offers(Map<String, String> environment) {
        Map<String, Secret> known = new LinkedHashMap<>();
        secrets.forEach(each -> secret(each, environment, known));
        Map<String, Path> sockets = new LinkedHashMap<>();
        Map<String, List<Path>> keys = new LinkedHashMap<>();
        agents.forEach(each -> agent(each, environment, sockets, keys));
        return new Offers(known, sockets, keys);
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
            String text,
            Map<String, String> environment,
            Map<String, Path> sockets,
            Map<String, List<Path>> keys) {
        int equals = text.indexOf('=');
        String id = equals < 0 ? text : text.substring(0, equals);
        Optional<String> socket =
                equals < 0
                        ? Optional.ofNullable(environment.get("SSH_AUTH_SOCK"))
                        : Optional.of(text.substring(equals + 1));
        if (socket.isEmpty() || socket.get().isEmpty()) {
            throw new UsageException("--ssh: no agent: SSH_AUTH_SOCK is not set");
        }
        List<Path> paths = Arrays.stream(socket.get().split(",", -1)).map(Path::of).toList();
        if (paths.size() > 1 || Files.isRegularFile(paths.getFirst())) {
            keys.put(id, paths);
            sockets.remove(id);
        } else {
            sockets.put(id, paths.getFirst());
            keys.remove(id);
        }
    }
}
