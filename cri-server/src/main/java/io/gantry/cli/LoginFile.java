package io.gantry.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.gantry.proto.image.Credentials;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file that logins are kept in: Docker's {@code config.json} or containers' {@code auth.json},
 * whose other contents stay as they are. Where it names a credential helper for a registry, that
 * has the secrets and the file only the registry's name.
 */
final class LoginFile {

    private final Path path;

    private LoginFile(Path path) {
        this.path = path;
    }

    /** The one of the user: as REGISTRY_AUTH_FILE, DOCKER_CONFIG and HOME say, in that order. */
    static LoginFile of(Map<String, String> environment) {
        String explicit = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        String docker = environment.getOrDefault("DOCKER_CONFIG", "");
        String home = environment.getOrDefault("HOME", "");
        if (!explicit.isEmpty()) {
            return new LoginFile(Path.of(explicit));
        }
        if (!docker.isEmpty()) {
            return new LoginFile(Path.of(docker, "config.json"));
        }
        if (home.isEmpty()) {
            throw new UsageException(
                    "there is nowhere to keep logins: set HOME, DOCKER_CONFIG or"
                            + " REGISTRY_AUTH_FILE");
        }
        return new LoginFile(Path.of(home, ".docker", "config.json"));
    }

    Path path() {
        return path;
    }

    /** The name under which a registry's login is kept, which is Docker's. */
    static String key(String registry) {
        return registry.equals("docker.io") ? RegistryLogins.DOCKER_HUB_KEY : registry;
    }

    /**
     * Whether something is kept for a registry, or may be by a helper.
     *
     * @throws IOException when the file cannot be read
     */
    boolean has(String registry) throws IOException {
        JsonTree config = parse(read());
        return !entries(config, registry).isEmpty() || !helper(config, registry).isEmpty();
    }

    /**
     * Keeps a login in place of an earlier one.
     *
     * @throws IOException when it cannot be kept
     */
    void put(String registry, Credentials credentials) throws IOException {
        String text = read();
        JsonTree config = parse(text);
        String helper = helper(config, registry);
        Map<String, String> entry = new LinkedHashMap<>();
        if (!helper.isEmpty()) {
            new CredentialHelper(helper).store(key(registry), credentials);
        } else if (!credentials.getIdentityToken().isEmpty()) {
            entry.put("auth", base64(credentials.getUsername() + ":"));
            entry.put("identitytoken", credentials.getIdentityToken());
        } else {
            entry.put("auth", base64(credentials.getUsername() + ":" + credentials.getPassword()));
        }
        write(edited(text, entries(config, registry), Map.of(key(registry), entry)));
    }

    /**
     * Forgets a login; there may be none.
     *
     * @throws IOException when it cannot be forgotten
     */
    void remove(String registry) throws IOException {
        String text = read();
        JsonTree config = parse(text);
        String helper = helper(config, registry);
        if (!helper.isEmpty()) {
            new CredentialHelper(helper).erase(key(registry));
        }
        Set<String> entries = entries(config, registry);
        if (!entries.isEmpty()) {
            write(edited(text, entries, Map.of()));
        }
    }

    private static String helper(JsonTree config, String registry) {
        JsonTree own = config.object("credHelpers");
        for (String name : List.of(key(registry), registry)) {
            if (!own.text(name).isEmpty()) {
                return own.text(name);
            }
        }
        return config.text("credsStore");
    }

    /** Names of entries for a registry, some of which were written as URLs. */
    private static Set<String> entries(JsonTree config, String registry) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : config.object("auths").objects().keySet()) {
            if (name.equals(key(registry)) || RegistryLogins.hostOf(name).equals(registry)) {
                names.add(name);
            }
        }
        return names;
    }

    private String read() throws IOException {
        return Files.exists(path) && Files.size(path) > 0 ? Files.readString(path) : "{}";
    }

    private JsonTree parse(String text) throws IOException {
        try {
            return JsonTree.parse(text);
        } catch (IOException e) {
            throw new IOException(path + ": " + Failures.text(e), e);
        }
    }

    /** The document with some logins gone and others there, and everything else as it is. */
    private String edited(String text, Set<String> gone, Map<String, Map<String, String>> more)
            throws IOException {
        JsonFactory json = new JsonFactory();
        StringWriter edited = new StringWriter();
        try (JsonParser from = json.createParser(text);
                JsonGenerator to = json.createGenerator(edited).useDefaultPrettyPrinter()) {
            boolean found = false;
            from.nextToken();
            to.writeStartObject();
            while (from.nextToken() == JsonToken.FIELD_NAME) {
                String name = from.currentName();
                to.writeFieldName(name);
                JsonToken value = from.nextToken();
                if (!name.equals("auths")) {
                    to.copyCurrentStructure(from);
                } else if (value == JsonToken.START_OBJECT || value == JsonToken.VALUE_NULL) {
                    found = true;
                    copyLogins(value == JsonToken.START_OBJECT ? from : null, to, gone, more);
                } else {
                    throw new IOException(path + ": auths is no JSON object");
                }
            }
            if (!found) {
                to.writeFieldName("auths");
                copyLogins(null, to, gone, more);
            }
            to.writeEndObject();
        }
        return edited + "\n";
    }

    private static void copyLogins(
            @Nullable JsonParser from,
            JsonGenerator to,
            Set<String> gone,
            Map<String, Map<String, String>> more)
            throws IOException {
        to.writeStartObject();
        while (from != null && from.nextToken() == JsonToken.FIELD_NAME) {
            String name = from.currentName();
            from.nextToken();
            if (gone.contains(name) || more.containsKey(name)) {
                from.skipChildren();
            } else {
                to.writeFieldName(name);
                to.copyCurrentStructure(from);
            }
        }
        for (Map.Entry<String, Map<String, String>> login : more.entrySet()) {
            to.writeFieldName(login.getKey());
            to.writeStartObject();
            for (Map.Entry<String, String> field : login.getValue().entrySet()) {
                to.writeStringField(field.getKey(), field.getValue());
            }
            to.writeEndObject();
        }
        to.writeEndObject();
    }

    /** At once, for nobody but its owner; behind a link, where the link leads. */
    private void write(String text) throws IOException {
        Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(target + " is no file");
        }
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        Path fresh =
                Files.createTempFile(
                        directory,
                        ".login",
                        ".json",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(true);
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
