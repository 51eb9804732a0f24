package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Containerd;
import io.gantry.e2e.harness.GuardedRegistry;
import io.gantry.e2e.harness.GuardedRegistry.Guard;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Podman;
import io.gantry.e2e.harness.TestImages;
import io.gantry.e2e.harness.Texts;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images between this engine and those that people have, over registries as they are found. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason =
                "nothing of it depends on the kernel, and other engines take minutes there")
class InteropE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private Command gantry(String... arguments) {
        return NODE.client()
                .command(arguments)
                .with("DOCKER_CONFIG", NODE.home().resolve("docker").toString());
    }

    private String ok(String... arguments) {
        return gantry(arguments).run().orThrow();
    }

    private static String skopeo(List<String> options, String... arguments) {
        List<String> words = new ArrayList<>(List.of("skopeo"));
        words.addAll(List.of(arguments));
        words.addAll(2, options);
        return Command.of(words)
                .with("_CONTAINERS_ROOTLESS_UID", "1")
                .with("XDG_DATA_HOME", NODE.home().toString())
                .run()
                .orThrow()
                .strip();
    }

    private static String digest(GuardedRegistry registry, String name) {
        return skopeo(
                registry.skopeoOptions("--"),
                "inspect",
                "--format={{.Digest}}",
                "docker://" + name);
    }

    @ParameterizedTest
    @EnumSource
    void whatSkopeoPushedIsPulledRunsAndIsPushedAgain(Guard guard) throws IOException {
        Path home = NODE.home().resolve("guarded-" + guard);
        try (GuardedRegistry registry = new GuardedRegistry(home, guard)) {
            configure(registry);
            String name = registry.reference("e2e/theirs:1");
            Path layout =
                    NODE.bed().images().busybox("interop", TestImages.configuration()).directory();
            List<String> options = new ArrayList<>(registry.skopeoOptions("--dest-"));
            options.add("--preserve-digests");
            skopeo(options, "copy", "-q", "oci:" + layout + ":1", "docker://" + name);
            if (guard.asks()) {
                logIn(registry, name);
            }
            assertThat(ok("pull", name)).isEqualTo(name + "@" + digest(registry, name) + "\n");
            assertThat(ok("run", "--rm", name, "echo", "ran")).isEqualTo("ran\n");
            String ours = registry.reference("e2e/ours:2");
            ok("tag", name, ours);
            ok("push", "-q", ours);
            assertThat(digest(registry, ours)).isEqualTo(digest(registry, name));
            if (guard.asks()) {
                assertThat(ok("logout", registry.host()))
                        .isEqualTo("Removing login credentials for " + registry.host() + "\n");
                assertThat(gantry("push", "-q", registry.reference("e2e/ours:2")).run().code())
                        .isEqualTo(1);
            }
            ok("rmi", name, ours);
        }
    }

    /** Nothing is had without, a wrong password is not kept, and the right one serves. */
    private void logIn(GuardedRegistry registry, String name) throws IOException {
        Command.Result refused = gantry("pull", name).run();
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("gantry: ", "with status 401");
        Command login =
                gantry("login", "-u", GuardedRegistry.USER, "--password-stdin", registry.host());
        Command.Result wrong = login.run("wrong\n");
        assertThat(wrong.code()).as("%s", wrong).isEqualTo(1);
        assertThat(wrong.err()).contains("with status 401").hasLineCount(1);
        assertThat(ok("logout", registry.host())).startsWith("Not logged in to ");
        assertThat(login.run(GuardedRegistry.PASSWORD + "\n").orThrow())
                .isEqualTo("Login Succeeded\n");
        Path kept = NODE.home().resolve("docker/config.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(kept)).contains(registry.host());
    }

    @Test
    void aPasswordIsAskedForOnATerminalAndNotShown() throws IOException {
        Path home = NODE.home().resolve("prompted");
        try (GuardedRegistry registry = new GuardedRegistry(home, Guard.PASSWORD)) {
            configure(registry);
            Path shown = NODE.home().resolve("typescript");
            Command login = gantry("login", registry.host());
            Command onTerminal =
                    Command.of(
                            "script", "-qefc", String.join(" ", login.words()), shown.toString());
            for (Map.Entry<String, String> each : login.environment().entrySet()) {
                onTerminal = onTerminal.with(each.getKey(), each.getValue());
            }
            Process process = onTerminal.start();
            try (OutputStream typed = process.getOutputStream()) {
                type(typed, shown, "Username for " + registry.host() + ": ", GuardedRegistry.USER);
                type(typed, shown, "Password: ", GuardedRegistry.PASSWORD);
                Await.until("end", Await.seconds(60), () -> !process.isAlive());
            } finally {
                process.destroyForcibly();
            }
            assertThat(Texts.read(shown))
                    .contains(GuardedRegistry.USER, "Login Succeeded")
                    .doesNotContain(GuardedRegistry.PASSWORD);
            ok("logout", registry.host());
        }
    }

    private static void type(OutputStream typed, Path shown, String prompt, String line)
            throws IOException {
        Await.until(prompt, Await.seconds(60), () -> Texts.read(shown).contains(prompt));
        typed.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        typed.flush();
    }

    /**
     * Its program of docker-credential-helpers: the file of logins has the registry's name only.
     */
    @Test
    void aCredentialHelperKeepsGivesAndForgetsTheSecret() throws IOException {
        Path home = Files.createDirectory(NODE.home().resolve("helped"));
        Path kept = home.resolve("kept");
        Path helper = home.resolve("docker-credential-keeper");
        Files.writeString(
                helper,
                """
                #!/bin/sh
                case $1 in
                store) cat > %1$s ;;
                get) cat > %1$s.asked; cat %1$s 2> /dev/null || { echo credentials not found; exit 1; } ;;
                erase) cat > %1$s.forgotten; rm -f %1$s ;;
                *) exit 2 ;;
                esac
                """
                        .formatted(kept));
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
        Path config = home.resolve("config.json");
        Files.writeString(config, "{\"credsStore\": \"keeper\"}");
        try (GuardedRegistry registry =
                new GuardedRegistry(NODE.home().resolve("helped-registry"), Guard.PASSWORD)) {
            configure(registry);
            helped(home, "login", "-u", GuardedRegistry.USER, "--password-stdin", registry.host())
                    .run(GuardedRegistry.PASSWORD + "\n")
                    .orThrow();
            assertThat(Texts.read(kept))
                    .contains(registry.host(), GuardedRegistry.USER, GuardedRegistry.PASSWORD);
            assertThat(Texts.read(config))
                    .contains(registry.host())
                    .doesNotContain("\"auth\"", GuardedRegistry.PASSWORD);

            String name = registry.reference("e2e/helped:1");
            ok("tag", NODE.image(), name);
            assertThat(gantry("push", "-q", name).run().err()).contains("with status 401");
            helped(home, "push", "-q", name).run().orThrow();
            assertThat(Texts.read(home.resolve("kept.asked"))).isEqualTo(registry.host());

            helped(home, "logout", registry.host()).run().orThrow();
            assertThat(kept).doesNotExist();
            assertThat(Texts.read(home.resolve("kept.forgotten"))).isEqualTo(registry.host());
            assertThat(Texts.read(config)).doesNotContain(registry.host());
            assertThat(helped(home, "push", "-q", name).run().err()).contains("with status 401");
            ok("rmi", name);
        }
    }

    private Command helped(Path home, String... words) {
        return gantry(words)
                .with("DOCKER_CONFIG", home.toString())
                .with("PATH", home + ":" + System.getenv("PATH"));
    }

    @Test
    void whatWePushedIsTheSameForPodmanAndContainerd() {
        String name = NODE.bed().registry().reference("e2e/agreed:1");
        ok("tag", NODE.image(), name);
        String pushed = ok("push", name).strip();
        String digest = pushed.substring(pushed.indexOf('@') + 1);
        String id = NODE.cri().imageStatus(name).orElseThrow().getId();
        try (Podman podman = new Podman()) {
            podman.ok("pull", "-q", "--tls-verify=false", name);
            String format = "{{.Digest}} sha256:{{.Id}}";
            assertThat(podman.ok("image", "inspect", "--format", format, name))
                    .isEqualTo(digest + " " + id);
        }
        try (Containerd containerd = new Containerd(NODE.home().resolve("c"))) {
            containerd.ctr("images", "pull", "--plain-http", "--snapshotter", "native", name);
            assertThat(containerd.ctr("images", "ls", "name==" + name)).contains(digest);
            containerd.ctr("images", "rm", "--sync", name);
        }
        ok("rmi", name);
    }

    @Test
    void whatWeBuiltRunsUnderPodmanAndContainerd() throws IOException {
        String name = NODE.bed().registry().reference("e2e/built-here:1");
        Path context = Files.createDirectory(NODE.home().resolve("built-here"));
        Files.writeString(context.resolve("greeting"), "hello");
        Files.writeString(
                context.resolve("Dockerfile"),
                """
                FROM %s
                ENV WHO=world
                WORKDIR /srv
                COPY greeting .
                RUN echo $(cat greeting) $WHO > all && rm greeting
                USER 7:8
                CMD ["sh", "-c", "cat all; ls; id -u; pwd; echo $WHO"]
                """
                        .formatted(NODE.image()));
        String said = "hello world\nall\n7\n/srv\nworld\n";
        ok("build", "-q", "-t", name, context.toString());
        assertThat(ok("run", "--rm", name)).isEqualTo(said);
        ok("push", "-q", name);
        try (Podman podman = new Podman()) {
            podman.ok("pull", "-q", "--tls-verify=false", name);
            assertThat(podman.run(name)).isEqualTo(said.strip());
            // As people who know Docker read it.
            assertThat(podman.ok("history", "--no-trunc", "--format", "{{.CreatedBy}}", name))
                    .startsWith("CMD [\"sh\" \"-c\" \"cat all;")
                    .contains(
                            "\nUSER 7:8\n",
                            "\nRUN /bin/sh -c echo $(cat greeting) $WHO > all && rm greeting"
                                    + " # buildkit\n",
                            "\nCOPY greeting . # buildkit\n",
                            "\nWORKDIR /srv\n",
                            "\nENV WHO=world");
        }
        try (Containerd containerd = new Containerd(NODE.home().resolve("c2"))) {
            containerd.ctr("images", "pull", "--plain-http", "--snapshotter", "native", name);
            assertThat(
                            containerd.ctr(
                                    "run",
                                    "--rm",
                                    "--snapshotter",
                                    "native",
                                    "--cgroup",
                                    "",
                                    name,
                                    "built-here"))
                    .isEqualTo(said);
            containerd.ctr("images", "rm", "--sync", name);
        }
        ok("rmi", name);
        // What builds keep holds layers, which other scenarios on this node would find.
        ok("builder", "prune", "-a", "-f");
    }

    /** Podman packs layers its own way: one image by two manifests. */
    @Test
    void whatPodmanPushedIsPulledAndRunsBesideWhatItWasMadeOf() throws IOException {
        Path home = NODE.home().resolve("podman-registry");
        try (Podman podman = new Podman();
                GuardedRegistry registry = new GuardedRegistry(home, Guard.NONE)) {
            configure(registry);
            String name = registry.reference("e2e/podman:1");
            podman.ok("pull", "-q", "--tls-verify=false", NODE.image());
            podman.ok("push", "-q", "--tls-verify=false", NODE.image(), name);
            String before = ok("push", NODE.image()).strip();
            String pulled = ok("pull", name).strip();
            assertThat(pulled).doesNotEndWith(before.substring(before.indexOf('@')));
            assertThat(ok("run", "--rm", name, "echo", "ran")).isEqualTo("ran\n");
            assertThat(NODE.cri().imageStatus(name).orElseThrow().getId())
                    .isEqualTo(NODE.cri().imageStatus(NODE.image()).orElseThrow().getId());
            assertThat(ok("push", NODE.image()).strip()).isEqualTo(before);
            assertThat(ok("push", name).strip()).isEqualTo(pulled);
            Path archive = NODE.home().resolve("podman.tar");
            ok("save", "-o", archive.toString(), name);
            assertThat(podman.ok("load", "-i", archive.toString())).contains(name);
            ok("rmi", name);
        }
    }

    private static void configure(GuardedRegistry registry) throws IOException {
        Path hosts = NODE.home().resolve("certs.d").resolve(registry.host());
        Files.createDirectories(hosts);
        Files.writeString(hosts.resolve("hosts.toml"), registry.hostsToml());
    }
}
