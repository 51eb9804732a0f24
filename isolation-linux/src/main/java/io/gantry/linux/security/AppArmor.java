package io.gantry.linux.security;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The profiles of AppArmor that the kernel knows, and the default one (apparmor(7)). The kernel
 * takes profiles compiled only, which {@code apparmor_parser(8)} does. Thread-safe.
 */
public final class AppArmor {

    /** Name of the profile of containers that name none; the resource default-apparmor.txt. */
    public static final String DEFAULT_PROFILE = "gantry-default";

    private static final String RESOURCE = "default-apparmor.txt";
    private static final Path PROFILES = Path.of("/sys/kernel/security/apparmor/profiles");
    private static final int PATIENCE_SECONDS = 60;

    private final boolean on;
    private final Path profiles;
    private final String parser;

    /**
     * Of this node.
     *
     * @param on whether the kernel enforces it
     */
    public AppArmor(boolean on) {
        this(on, PROFILES, "apparmor_parser");
    }

    AppArmor(boolean on, Path profiles, String parser) {
        this.on = on;
        this.profiles = profiles;
        this.parser = parser;
    }

    /** Whether the kernel enforces it. */
    public boolean on() {
        return on;
    }

    /**
     * Whether the kernel knows a profile.
     *
     * @throws FailedPreconditionException when the kernel cannot be asked
     */
    public boolean loaded(String profile) {
        // A line is "NAME (MODE)"; names may have spaces.
        try (Stream<String> lines = Files.lines(profiles)) {
            return lines.anyMatch(
                    line ->
                            line.startsWith(profile + " (")
                                    && line.indexOf(')', profile.length()) == line.length() - 1);
        } catch (IOException | UncheckedIOException e) {
            throw new FailedPreconditionException(
                    "the kernel's AppArmor profiles cannot be read from "
                            + profiles
                            + "; is securityfs mounted?",
                    e);
        }
    }

    /**
     * Makes the kernel know {@link #DEFAULT_PROFILE}.
     *
     * @throws FailedPreconditionException when the parser is missing or refuses it
     */
    public synchronized void loadDefault() {
        if (loaded(DEFAULT_PROFILE)) {
            return;
        }
        try {
            Process process =
                    new ProcessBuilder(parser, "--replace", "--skip-cache")
                            .redirectErrorStream(true)
                            .start();
            try {
                load(process);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "AppArmor is on, but its default profile cannot be loaded: "
                            + e.getMessage()
                            + "; install apparmor_parser, or ask for no profile (Unconfined)",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while loading an AppArmor profile", e);
        }
    }

    private void load(Process process) throws IOException, InterruptedException {
        try (OutputStream input = process.getOutputStream()) {
            input.write(defaultProfile());
        }
        // What it says fits into a pipe.
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException(parser + " does not end");
        }
        if (process.exitValue() != 0) {
            byte[] said = process.getInputStream().readAllBytes();
            throw new IOException(
                    parser
                            + " ended with "
                            + process.exitValue()
                            + ": "
                            + new String(said, StandardCharsets.UTF_8).strip());
        }
    }

    private static byte[] defaultProfile() throws IOException {
        try (InputStream in = AppArmor.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            return in.readAllBytes();
        }
    }
}
