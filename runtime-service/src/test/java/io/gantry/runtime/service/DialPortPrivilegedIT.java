package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.SandboxSecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections into pods, with the real shim and kernel. */
@Tag("privileged")
@Timeout(300)
class DialPortPrivilegedIT {

    private static final Syscalls SYSCALLS = Syscalls.system();
    private static final int PORT = 7070;

    private RuntimeHarness node;

    @BeforeEach
    void start() throws IOException {
        node = RuntimeHarness.start();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (PodSandbox pod : node.runtime().pods().list(PodSandboxFilter.of(null))) {
            node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        }
        try {
            assertThat(node.leftovers()).isEmpty();
        } finally {
            node.close();
        }
    }

    @Test
    void aPortIsReachedInsideThePodsOwnNetwork() throws IOException {
        PodSandbox pod = node.pod();
        node.start(pod, "busybox", "nc", "-ll", "-p", Integer.toString(PORT), "-e", "cat");
        int socket = dialOnceListening(pod, PORT);
        try {
            SYSCALLS.write(socket, ByteBuffer.wrap("through\n".getBytes(UTF_8)));
            assertThat(read(socket, 8)).isEqualTo("through\n");
        } finally {
            SYSCALLS.close(socket);
        }
    }

    @Test
    void manyConnectionsLeaveNothing() throws IOException {
        PodSandbox pod = node.pod();
        node.start(pod, "busybox", "nc", "-ll", "-p", Integer.toString(PORT), "-e", "cat");
        SYSCALLS.close(dialOnceListening(pod, PORT));
        long before = descriptors();
        for (int i = 0; i < 200; i++) {
            SYSCALLS.close(dial(pod, PORT));
        }
        // Other threads may have some open for a moment.
        long end = System.nanoTime() + 60_000_000_000L;
        while (descriptors() > before + 4 && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(descriptors()).isLessThanOrEqualTo(before + 4);
    }

    @Test
    void whatListensOnTheHostIsNotReachedFromAPodOfItsOwnNetwork() throws IOException {
        PodSandbox pod = node.pod();
        try (ServerSocket host = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = host.getLocalPort();
            assertThatThrownBy(() -> dial(pod, port))
                    .isInstanceOf(UnavailableException.class)
                    .hasMessageContaining("connect to 127.0.0.1:" + port + " in the pod")
                    .hasMessageContaining("connection refused");
        }
    }

    @Test
    void aPodOnTheHostsNetworkReachesTheHostOverVersion4AndThen6() throws IOException {
        PodSandbox pod =
                node.pod(
                        SandboxSecurity.defaults()
                                .withNamespaces(
                                        new NamespaceOptions(
                                                NamespaceMode.NODE,
                                                NamespaceMode.CONTAINER,
                                                NamespaceMode.POD,
                                                "",
                                                null)));
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            try (ServerSocket host = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
                int socket = dial(pod, host.getLocalPort());
                try (Socket accepted = host.accept()) {
                    accepted.getOutputStream().write("host".getBytes(UTF_8));
                    assertThat(read(socket, 4)).isEqualTo("host");
                } finally {
                    SYSCALLS.close(socket);
                }
            }
        }
    }

    @Test
    void whatCannotBeDialledSaysWhy() {
        PodSandbox pod = node.pod();
        assertThatThrownBy(() -> dial(pod, 0)).isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> dial(pod, 65536)).isInstanceOf(InvalidArgumentException.class);
        assertThatThrownBy(() -> node.runtime().ports().dial("0".repeat(64), 80))
                .isInstanceOf(NotFoundException.class);
        node.runtime().pods().stop(pod.id().value(), RuntimeHarness.SOON);
        assertThatThrownBy(() -> dial(pod, 80)).isInstanceOf(FailedPreconditionException.class);
    }

    private int dial(PodSandbox pod, int port) {
        return node.runtime().ports().dial(pod.id().value(), port);
    }

    private int dialOnceListening(PodSandbox pod, int port) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (true) {
            try {
                return dial(pod, port);
            } catch (UnavailableException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    private static String read(int socket, int length) throws ErrnoException {
        long end = System.nanoTime() + 60_000_000_000L;
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            try {
                if (SYSCALLS.read(socket, bytes) == 0) {
                    break;
                }
            } catch (ErrnoException e) {
                // The socket does not block.
                if (e.errno() != Errno.EAGAIN || System.nanoTime() > end) {
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
        return new String(bytes.array(), 0, bytes.position(), UTF_8);
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
