package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.StreamingProgram;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a daemon that is configured to encrypt them. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "building the program takes minutes there, and there is no Go")
class EncryptedStreamsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @TempDir static Path directory;
    private static StreamingProgram program;

    @BeforeAll
    static void configure() throws IOException {
        program = new StreamingProgram();
        Path certificate = directory.resolve("server.crt");
        Path key = directory.resolve("server.key");
        Command.of(
                        "openssl",
                        "req",
                        "-x509",
                        "-nodes",
                        "-newkey",
                        "rsa:2048",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=e2e",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .run()
                .orThrow();
        NODE.daemon().stop();
        Files.writeString(
                NODE.daemon().config(),
                "[streaming]\ntls_cert_file = \"%s\"\ntls_key_file = \"%s\"\n"
                        .formatted(certificate, key),
                StandardOpenOption.APPEND);
        NODE.daemon().start();
        // What the server needs is opened with the first request.
        Command.Result first = checks("spdy", "stdin-is-echoed");
        assertThat(first.code()).as("%s", first).isZero();
        NODE.daemon().removeEverything();
    }

    @AfterAll
    static void remove() {
        program.close();
    }

    @Test
    void execAndForwardedPortsAreServedEncrypted() {
        for (String transport : List.of("spdy", "websocket")) {
            Command.Result run =
                    checks(
                            transport,
                            "exit-codes-arrive",
                            "much-data-arrives-whole",
                            "much-data-is-forwarded",
                            "vanished-client-kills");
            assertThat(run.code()).as("%s", run).isZero();
        }
    }

    /** In a pod of their own; the program takes the scheme from the URLs that it gets. */
    private static Command.Result checks(String transport, String... names) {
        PodSandboxConfig config = NODE.pod("encrypted-" + transport).build();
        String pod = NODE.cri().runPod(config);
        String container =
                NODE.cri()
                        .create(
                                pod,
                                config,
                                Requests.script("c", NODE.image(), "sleep 1000").build());
        NODE.cri().start(container);
        ExecRequest request =
                ExecRequest.newBuilder()
                        .setContainerId(container)
                        .addCmd("true")
                        .setStdout(true)
                        .build();
        assertThat(NODE.cri().runtime().exec(request).getUrl()).startsWith("https://");
        String[] words = new String[4 + names.length];
        words[0] = "-transport";
        words[1] = transport;
        words[2] = "-megabytes";
        words[3] = "16";
        System.arraycopy(names, 0, words, 4, names.length);
        return program.check(NODE.daemon().socket(), container, pod, words);
    }
}
