package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.proto.image.Credentials;
import io.gantry.proto.image.LoginRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginCommandsTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();

    @TempDir private Path directory;
    private FakeEngine engine;

    @BeforeEach
    void start() throws IOException {
        engine = new FakeEngine(directory);
        environment.put("GANTRY_HOST", engine.address());
        environment.put("HOME", directory.toString());
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    private int gantry(String input, String... args) {
        out.reset();
        err.reset();
        Streams streams =
                new Streams(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        int code = new Cli(streams, environment).run(args);
        streams.flush();
        return code;
    }

    private int login(String password, String... server) {
        String[] words =
                Stream.concat(
                                Stream.of("login", "-u", "alice", "--password-stdin"),
                                Stream.of(server))
                        .toArray(String[]::new);
        return gantry(password, words);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path config() {
        return directory.resolve(".docker/config.json");
    }

    private static JsonNode json(Path file) throws IOException {
        return MAPPER.readTree(Files.readString(file));
    }

    private static String auth(JsonNode entry) {
        byte[] bytes = Base64.getDecoder().decode(entry.path("auth").asText());
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Credentials sentWithAPull(String reference) {
        engine.images().pullRequests.clear();
        assertThat(gantry("", "pull", "-q", reference)).as("%s", err()).isZero();
        return engine.images().pullRequests.getFirst().getCredentials();
    }

    @Test
    void whatTheRegistryTookIsKeptForItsOwnerOnlyAndUsedByPulls() throws IOException {
        assertThat(login("pass:word \r\n", "r.local:5000")).isZero();
        assertThat(out()).isEqualTo("Login Succeeded\n");
        assertThat(err()).isEmpty();
        LoginRequest asked = engine.images().loginRequests.getFirst();
        assertThat(asked.getRegistry()).isEqualTo("r.local:5000");
        assertThat(asked.getCredentials().getPassword()).isEqualTo("pass:word ");
        assertThat(auth(json(config()).at("/auths/r.local:5000"))).isEqualTo("alice:pass:word ");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(config())))
                .isEqualTo("rw-------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(config().getParent())))
                .isEqualTo("rwx------");
        assertThat(sentWithAPull("r.local:5000/app:1").getPassword()).isEqualTo("pass:word ");
    }

    @Test
    void whatTheRegistryDoesNotTakeIsNotKept() {
        assertThat(login("wrong", "r.local")).isEqualTo(1);
        assertThat(err()).isEqualTo("gantry: registry denied access to a login\n");
        assertThat(config()).doesNotExist();
    }

    @Test
    void dockerHubIsTheDefaultAndKeptUnderItsOldName() throws IOException {
        for (String[] server :
                List.of(new String[0], new String[] {"https://index.docker.io/v1/"})) {
            assertThat(login("secret", server)).isZero();
            assertThat(engine.images().loginRequests.getLast().getRegistry())
                    .isEqualTo("docker.io");
            assertThat(json(config()).path("auths").fieldNames())
                    .toIterable()
                    .containsExactly("https://index.docker.io/v1/");
        }
        assertThat(sentWithAPull("busybox").getUsername()).isEqualTo("alice");
    }

    @Test
    void everythingElseInTheFileStaysAsItIs() throws IOException {
        Files.createDirectories(config().getParent());
        String before =
                """
                {"auths": {"other.local": {"auth": "b3RoZXI6MQ=="},
                           "https://r.local/v2/": {"auth": "b2xkOjE="}},
                 "HttpHeaders": {"X-Meta": "1"}, "list": [1, {"a": null}], "psFormat": "table"}
                """;
        Files.writeString(config(), before);
        assertThat(login("secret", "r.local")).isZero();
        JsonNode config = json(config());
        assertThat(config.path("HttpHeaders"))
                .isEqualTo(MAPPER.readTree(before).get("HttpHeaders"));
        assertThat(config.path("list")).isEqualTo(MAPPER.readTree(before).get("list"));
        assertThat(config.path("auths").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("other.local", "r.local");
        assertThat(gantry("", "logout", "https://r.local/")).isZero();
        assertThat(out()).isEqualTo("Removing login credentials for r.local\n");
        assertThat(json(config()).path("auths").fieldNames())
                .toIterable()
                .containsExactly("other.local");
        assertThat(gantry("", "logout", "r.local")).isZero();
        assertThat(out()).isEqualTo("Not logged in to r.local\n");
        assertThat(sentWithAPull("r.local/app:1")).isEqualTo(Credentials.getDefaultInstance());
    }

    @Test
    void anIdentityTokenIsKeptInPlaceOfThePassword() throws IOException {
        assertThat(login("traded", "r.local")).isZero();
        JsonNode entry = json(config()).at("/auths/r.local");
        assertThat(auth(entry)).isEqualTo("alice:");
        assertThat(entry.path("identitytoken").asText()).isEqualTo("identity");
        assertThat(Files.readString(config())).doesNotContain("traded");
        assertThat(sentWithAPull("r.local/app:1").getIdentityToken()).isEqualTo("identity");
    }

    @Test
    void theFileIsWhereTheEnvironmentSaysAndALinkStaysALink() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real")).resolve("config.json");
        Files.writeString(real, "{}");
        Path docker = Files.createDirectory(directory.resolve("docker"));
        Path link = Files.createSymbolicLink(docker.resolve("config.json"), real);
        environment.put("DOCKER_CONFIG", docker.toString());
        assertThat(login("secret", "r.local")).isZero();
        assertThat(link).isSymbolicLink();
        assertThat(json(real).at("/auths/r.local").isObject()).isTrue();
        Path explicit = directory.resolve("auth.json");
        environment.put("REGISTRY_AUTH_FILE", explicit.toString());
        assertThat(login("secret", "r.local")).isZero();
        assertThat(json(explicit).at("/auths/r.local").isObject()).isTrue();
        assertThat(config()).doesNotExist();
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).noneMatch(file -> file.getFileName().toString().startsWith(".login"));
        }
    }

    @Test
    void aDamagedFileIsNamedAndLeftAlone() throws IOException {
        Files.createDirectories(config().getParent());
        Files.writeString(config(), "{\"auths\": secret}");
        assertThat(login("secret", "r.local")).isEqualTo(1);
        assertThat(err())
                .isEqualTo("gantry: " + config() + ": line 1 is not JSON\n")
                .doesNotContain("secret}");
        assertThat(config()).hasContent("{\"auths\": secret}");
    }

    @Test
    void loginsThatPodmanKeptAndThatAreFoundFirstAreWarnedOf() throws IOException {
        Path podman = directory.resolve("run/containers/auth.json");
        Files.createDirectories(podman.getParent());
        Files.writeString(podman, "{\"auths\": {\"r.local\": {\"auth\": \"Ym9iOjE=\"}}}");
        environment.put("XDG_RUNTIME_DIR", directory.resolve("run").toString());
        assertThat(login("secret", "r.local")).isZero();
        assertThat(err()).contains("another login for r.local is found before this one");
        assertThat(login("secret", "other.local")).isZero();
        assertThat(err()).isEmpty();
    }

    @Test
    void whatCannotBeIsToldBeforeAnybodyIsAsked() {
        Map<List<String>, String> wrong =
                Map.of(
                        List.of("login", "r.local"), "standard input is not a terminal",
                        List.of("login", "--password-stdin"), "needs --username",
                        List.of("login", "-u", "a", "-p", "b", "--password-stdin"), "exclude",
                        List.of("login", "-u", "a", "-p", ""), "password is empty",
                        List.of("login", "-u", "a", "-p", "b", "r.local/team"), "is no registry",
                        List.of("login", "-u", "a", "-p", "b", "ftp://r.local"), "is no registry");
        wrong.forEach(
                (words, text) -> {
                    assertThat(gantry("", words.toArray(String[]::new))).isEqualTo(2);
                    assertThat(err()).contains(text).hasLineCount(1);
                });
        environment.remove("HOME");
        assertThat(login("secret", "r.local")).isEqualTo(2);
        assertThat(err()).contains("set HOME, DOCKER_CONFIG or REGISTRY_AUTH_FILE");
        assertThat(engine.images().loginRequests).isEmpty();
    }

    @Test
    void aHelperThatIsNotThereIsNamedAndNothingIsKept() throws IOException {
        Files.createDirectories(config().getParent());
        Files.writeString(config(), "{\"credHelpers\": {\"r.local\": \"absent-helper\"}}");
        assertThat(login("secret", "r.local")).isEqualTo(1);
        assertThat(err()).contains("docker-credential-absent-helper");
        assertThat(Files.readString(config())).doesNotContain("auths");
    }
}
