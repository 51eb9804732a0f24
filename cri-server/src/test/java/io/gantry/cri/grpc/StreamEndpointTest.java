package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.proto.cri.AttachRequest;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerMetadata;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StartContainerRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamEndpointTest {

    private static final String WEBSOCKET =
            """
            Connection: keep-alive, Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            """;

    private static final String SPDY = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n";

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        cri = daemon.cri();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void whatMakesNoExecIsInvalid() {
        String id = running();
        ExecRequest good = exec(id);

        assertThat(code(() -> cri.exec(good.toBuilder().clearCmd().build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.exec(good.toBuilder().setTty(true).setStderr(true).build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.exec(good.toBuilder().clearStdout().build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.exec(good.toBuilder().clearContainerId().build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.exec(good.toBuilder().setContainerId("none").build())))
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void whatMakesNoAttachIsInvalid() {
        AttachRequest good =
                AttachRequest.newBuilder().setContainerId(running()).setStdout(true).build();

        assertThat(cri.attach(good).getUrl()).contains("/attach/");
        assertThat(code(() -> cri.attach(good.toBuilder().setTty(true).setStderr(true).build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.attach(good.toBuilder().clearStdout().build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(code(() -> cri.attach(good.toBuilder().clearContainerId().build())))
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void aContainerThatDoesNotRunHasNoStreams() {
        String id = created();

        assertThat(code(() -> cri.exec(exec(id)))).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(
                        code(
                                () ->
                                        cri.attach(
                                                AttachRequest.newBuilder()
                                                        .setContainerId(id)
                                                        .setStdout(true)
                                                        .build())))
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
    }

    @Test
    void urlsAreOnLoopback() {
        assertThat(cri.exec(exec(running())).getUrl())
                .matches("http://127\\.0\\.0\\.1:\\d+/exec/[0-9a-f]{64}");
    }

    @Test
    void aUrlIsGoodOnce() throws IOException {
        daemon.execs.willStream(new FakeStream().says("x").exits(0));
        URI url = url();

        assertThat(answer(url, WEBSOCKET)).startsWith("HTTP/1.1 101 ");
        assertThat(answer(url, WEBSOCKET)).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void aThousandUrlsMayBeUnusedAndNoMoreUntilOneIsUsed() throws IOException {
        ExecRequest request = exec(running());
        URI first = URI.create(cri.exec(request).getUrl());
        for (int i = 1; i < 1000; i++) {
            var _ = cri.exec(request);
        }
        assertThat(code(() -> cri.exec(request))).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

        assertThat(answer(first, "")).startsWith("HTTP/1.1 400 ");
        assertThat(cri.exec(request).getUrl()).contains("/exec/");
    }

    @Test
    void aUrlIsGoodForWhatItWasMadeForOnly() throws IOException {
        URI url = url();

        assertThat(answer(url.resolve(url.getPath().replace("exec", "attach")), SPDY))
                .startsWith("HTTP/1.1 404 ");
        assertThat(answer(url.resolve("/"), SPDY)).startsWith("HTTP/1.1 404 ");
        assertThat(answer(url.resolve("/exec/"), SPDY)).startsWith("HTTP/1.1 404 ");
        assertThat(answer(url.resolve("/exec/a/b"), SPDY)).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void theAnswerToAWebSocketProvesThatTheKeyWasRead() throws IOException {
        daemon.execs.willStream(new FakeStream().exits(0));
        // The example of RFC 6455, 1.3.
        assertThat(answer(url(), WEBSOCKET + "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n"))
                .containsIgnoringCase("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                .containsIgnoringCase("Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n");
    }

    @Test
    void wrongUpgradesAreRefused() throws IOException {
        assertThat(answer(url(), "")).startsWith("HTTP/1.1 400 ").contains("are missing");
        assertThat(answer(url(), "Connection: close\r\nUpgrade: SPDY/3.1\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(answer(url(), "Connection: Upgrade\r\nUpgrade: SPDY/2\r\n"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(answer(url(), WEBSOCKET.replace("13", "8"))).startsWith("HTTP/1.1 400 ");
        assertThat(answer(url(), WEBSOCKET.replace("dGhl", ""))).startsWith("HTTP/1.1 400 ");
        assertThat(answer(url(), WEBSOCKET + "Sec-WebSocket-Protocol: v9.channel.k8s.io\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("v5.channel.k8s.io");
        assertThat(answer(url(), "Content-Length: 5000\r\n")).startsWith("HTTP/1.1 413 ");
        assertThat(answer("PUT", url(), SPDY)).startsWith("HTTP/1.1 405 ");
        assertThat(answer("POST", url(), SPDY)).startsWith("HTTP/1.1 101 ");
    }

    @Test
    void aSpdyClientIsToldTheProtocolsThatItShouldAskFor() throws IOException {
        String answer = answer(url(), SPDY + "X-Stream-Protocol-Version: v9.channel.k8s.io\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 403 ")
                .containsIgnoringCase("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n");
    }

    @Test
    void theFirstProtocolThatBothSpeakIsTaken() throws IOException {
        String versions =
                """
                X-Stream-Protocol-Version: v9.channel.k8s.io, v4.channel.k8s.io\r
                X-Stream-Protocol-Version: channel.k8s.io\r
                """;
        assertThat(answer(url(), SPDY + versions))
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("X-Stream-Protocol-Version: v4.channel.k8s.io\r\n");
    }

    private URI url() {
        return URI.create(cri.exec(exec(running())).getUrl());
    }

    /** The head of the answer to a request, and what follows of a refusal. */
    private static String answer(URI url, String headers) throws IOException {
        return answer("GET", url, headers);
    }

    private static String answer(String method, URI url, String headers) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(60_000);
            String request =
                    method + " " + url.getPath() + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder answer = new StringBuilder();
            int next = socket.getInputStream().read();
            while (next >= 0) {
                answer.append((char) next);
                if (answer.toString().startsWith("HTTP/1.1 101")
                        && answer.indexOf("\r\n\r\n") > 0) {
                    break;
                }
                next = socket.getInputStream().read();
            }
            return answer.toString();
        }
    }

    private String running() {
        String id = created();
        var _ = cri.startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
        return id;
    }

    private int pods;

    private String created() {
        pods++;
        PodSandboxConfig pod =
                PodSandboxConfig.newBuilder()
                        .setMetadata(
                                PodSandboxMetadata.newBuilder()
                                        .setName("p" + pods)
                                        .setNamespace("n")
                                        .setUid("u" + pods))
                        .build();
        String sandbox =
                cri.runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
                        .getPodSandboxId();
        ContainerConfig container =
                ContainerConfig.newBuilder()
                        .setMetadata(ContainerMetadata.newBuilder().setName("c"))
                        .setImage(ImageSpec.newBuilder().setImage(InProcessDaemon.IMAGE))
                        .build();
        return cri.createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(sandbox)
                                .setConfig(container)
                                .setSandboxConfig(pod)
                                .build())
                .getContainerId();
    }

    private static ExecRequest exec(String container) {
        return ExecRequest.newBuilder()
                .setContainerId(container)
                .addCmd("ls")
                .setStdout(true)
                .build();
    }

    private static Status.Code code(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus().getCode();
    }
}
