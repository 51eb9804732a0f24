package io.gantry.cli;

import io.gantry.proto.image.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code gantry login}, {@code docker login} and {@code podman login} have kept
 * (containers-auth.json(5)): the first file that knows the registry counts. Read where the user is,
 * for the daemon may not see the files and has no business with credential helpers of a user.
 */
final class RegistryLogins {

    /** The name that Docker keeps its own registry under. */
    static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";

    private static final String DOCKER_HUB = "docker.io";

    private final Map<String, String> environment;

    RegistryLogins(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The credentials for a reference's registry; empty ones where nobody has logged in. */
    Credentials find(String reference) {
        for (Path file : files()) {
            if (Files.isReadable(file)) {
                Optional<Credentials> found = find(file, reference);
                if (found.isPresent()) {
                    return found.get();
                }
            }
        }
        return Credentials.getDefaultInstance();
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        String explicit = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        if (!explicit.isEmpty()) {
            // As podman has it: whoever names a file wants no other.
            return List.of(Path.of(explicit));
        }
        add(files, "XDG_RUNTIME_DIR", "containers/auth.json");
        add(files, "XDG_CONFIG_HOME", "containers/auth.json");
        add(files, "HOME", ".config/containers/auth.json");
        if (environment.getOrDefault("DOCKER_CONFIG", "").isEmpty()) {
            add(files, "HOME", ".docker/config.json");
        } else {
            add(files, "DOCKER_CONFIG", "config.json");
        }
        return files;
    }

    private void add(List<Path> files, String variable, String name) {
        String directory = environment.getOrDefault(variable, "");
        if (!directory.isEmpty()) {
            files.add(Path.of(directory, name));
        }
    }

    private static Optional<Credentials> find(Path file, String reference) {
        JsonTree config;
        try {
            config = JsonTree.parse(Files.readString(file));
        } catch (IOException e) {
            throw new UsageException(
                    "cannot read registry credentials from " + file + ": " + Failures.text(e));
        }
        for (String key : keys(reference)) {
            Optional<Credentials> found = find(config, key, file);
            if (found.isPresent()) {
                return found.map(
                        each ->
                                each.toBuilder()
                                        .setServerAddress(ImageName.registry(reference))
                                        .build());
            }
        }
        return Optional.empty();
    }

    /** From the repository up to the registry, the longest first. */
    private static List<String> keys(String reference) {
        List<String> keys = new ArrayList<>();
        String key = ImageName.repository(reference);
        while (key.indexOf('/') >= 0) {
            keys.add(key);
            key = key.substring(0, key.lastIndexOf('/'));
        }
        keys.add(key);
        if (key.equals(DOCKER_HUB)) {
            keys.add(DOCKER_HUB_KEY);
            keys.add("index.docker.io");
        }
        return keys;
    }

    private static Optional<Credentials> find(JsonTree config, String key, Path file) {
        String own = config.object("credHelpers").text(key);
        String helper = own.isEmpty() && isServer(key) ? config.text("credsStore") : own;
        if (!helper.isEmpty()) {
            Optional<Credentials> kept = new CredentialHelper(helper).get(key);
            if (kept.isPresent()) {
                return kept;
            }
        }
        for (Map.Entry<String, JsonTree> entry : config.object("auths").objects().entrySet()) {
            if (entry.getKey().equals(key) || hostOf(entry.getKey()).equals(key)) {
                return credentials(entry.getValue(), file);
            }
        }
        return Optional.empty();
    }

    /** Whether it is what helpers know a registry by, which know no repositories. */
    private static boolean isServer(String key) {
        return key.equals(DOCKER_HUB_KEY) || (key.indexOf('/') < 0 && !key.equals(DOCKER_HUB));
    }

    /** Docker keeps some registries by URL. */
    static String hostOf(String key) {
        int scheme = key.indexOf("://");
        if (scheme < 0) {
            return key;
        }
        String rest = key.substring(scheme + 3);
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }

    private static Optional<Credentials> credentials(JsonTree entry, Path file) {
        Credentials.Builder credentials =
                Credentials.newBuilder()
                        .setUsername(entry.text("username"))
                        .setPassword(entry.text("password"))
                        .setIdentityToken(entry.text("identitytoken"))
                        .setRegistryToken(entry.text("registrytoken"));
        String auth = entry.text("auth");
        if (!auth.isEmpty()) {
            String decoded = decode(auth, file);
            int colon = decoded.indexOf(':');
            if (colon < 0) {
                throw new UsageException("registry credentials in " + file + " are malformed");
            }
            credentials
                    .setUsername(decoded.substring(0, colon))
                    .setPassword(decoded.substring(colon + 1));
        }
        Credentials found = credentials.build();
        return found.equals(Credentials.getDefaultInstance())
                ? Optional.empty()
                : Optional.of(found);
    }

    private static String decode(String auth, Path file) {
        try {
            byte[] bytes = Base64.getDecoder().decode(auth.strip());
            return new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
        } catch (IllegalArgumentException e) {
            throw new UsageException("registry credentials in " + file + " are no base64");
        }
    }
}
