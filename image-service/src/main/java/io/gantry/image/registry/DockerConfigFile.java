package io.gantry.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Credentials in a file in the manner of Docker's {@code config.json} and containers' {@code
 * auth.json}: {@code credHelpers}, {@code auths}, {@code credsStore}, in this order. Read anew each
 * time, so that who logs in needs no restart; a file that is missing holds none.
 */
public final class DockerConfigFile implements NodeCredentials {

    private static final int MAX_BYTES = 1024 * 1024;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path file;

    public DockerConfigFile(Path file) {
        this.file = file;
    }

    @Override
    public Credentials find(String host, String repository) {
        JsonNode config = read();
        Optional<Credentials> ofHelper =
                CredentialKeys.find(entries(config, "credHelpers"), host, repository)
                        .flatMap(name -> ask(name.asText(), host));
        return ofHelper.or(() -> inline(config, host, repository))
                .or(() -> stored(config, host))
                .orElse(Credentials.ANONYMOUS);
    }

    private Optional<Credentials> inline(JsonNode config, String host, String repository) {
        return CredentialKeys.find(entries(config, "auths"), host, repository)
                .map(this::credentials)
                .filter(credentials -> !credentials.isAnonymous());
    }

    private Optional<Credentials> stored(JsonNode config, String host) {
        String name = config.path("credsStore").asText("");
        return name.isEmpty() ? Optional.empty() : ask(name, host);
    }

    private Optional<Credentials> ask(String helper, String host) {
        try {
            return CredentialHelper.named(helper).get(CredentialKeys.serverUrl(host));
        } catch (InvalidArgumentException e) {
            throw new FailedPreconditionException(file + ": " + e.getMessage(), e);
        }
    }

    private Credentials credentials(JsonNode entry) {
        try {
            return new Credentials(
                            entry.path("username").asText(""),
                            entry.path("password").asText(""),
                            entry.path("identitytoken").asText(""),
                            entry.path("registrytoken").asText(""),
                            "")
                    .withAuth(entry.path("auth").asText(""));
        } catch (InvalidArgumentException e) {
            throw new FailedPreconditionException(file + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, JsonNode> entries(JsonNode config, String key) {
        Map<String, JsonNode> entries = new LinkedHashMap<>();
        config.path(key).properties().forEach(e -> entries.put(e.getKey(), e.getValue()));
        return entries;
    }

    private JsonNode read() {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new FailedPreconditionException(
                        file + " is larger than " + MAX_BYTES + " bytes");
            }
            return bytes.length == 0 ? MAPPER.createObjectNode() : MAPPER.readTree(bytes);
        } catch (NoSuchFileException e) {
            return MAPPER.createObjectNode();
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            // The cause would repeat the text, which holds secrets.
            throw new FailedPreconditionException(
                    file + " is not JSON, at line " + e.getLocation().getLineNr());
        } catch (IOException e) {
            throw new FailedPreconditionException("cannot read " + file + ": " + e, e);
        }
    }
}
