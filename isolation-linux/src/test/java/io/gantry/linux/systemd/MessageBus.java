package io.gantry.linux.systemd;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A bus of a test's own. */
final class MessageBus implements AutoCloseable {

    private final Path socket;
    private final Path config;
    private Process daemon;

    MessageBus(Path directory) throws IOException {
        socket = directory.resolve("bus");
        config =
                Files.writeString(
                        directory.resolve("bus.conf"),
                        """
                        <busconfig>
                          <type>system</type>
                          <listen>unix:path=%s</listen>
                          <auth>EXTERNAL</auth>
                          <policy context="default">
                            <allow send_destination="*" eavesdrop="true"/>
                            <allow eavesdrop="true"/>
                            <allow own="*"/>
                          </policy>
                        </busconfig>
                        """
                                .formatted(socket));
        daemon = start();
    }

    private Process start() throws IOException {
        Files.deleteIfExists(socket);
        Process process =
                new ProcessBuilder(
                                "dbus-daemon",
                                "--config-file=" + config,
                                "--nofork",
                                "--nopidfile",
                                "--print-address")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        // It says where it listens once it does.
        try (BufferedReader output = process.inputReader()) {
            if (output.readLine() == null) {
                throw new IOException("dbus-daemon did not start");
            }
        }
        return process;
    }

    Path socket() {
        return socket;
    }

    void restart() throws IOException {
        close();
        daemon = start();
    }

    @Override
    public void close() {
        daemon.destroy();
        daemon.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
