package io.gantry.linux.security;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * SELinux of this node: the labels that its policy is meant to give to containers, and the kernel's
 * judgement of others. Thread-safe.
 */
public final class Selinux {

    private static final String PROCESS = "system_u:system_r:container_t:s0";
    private static final String FILE = "system_u:object_r:container_file_t:s0";

    private final boolean on;
    private final Path root;
    private final Syscalls syscalls;

    /**
     * Of this node.
     *
     * @param on whether it is to be used, and there
     */
    public Selinux(boolean on, Syscalls syscalls) {
        this(on, syscalls, Path.of("/"));
    }

    /**
     * Of a machine whose files are elsewhere.
     *
     * @param root its root directory
     */
    public Selinux(boolean on, Syscalls syscalls, Path root) {
        this.on = on;
        this.root = root;
        this.syscalls = syscalls;
    }

    /** Whether containers are labelled. */
    public boolean on() {
        return on;
    }

    /** What the policy has for processes of containers, without categories. */
    public SelinuxContext process() {
        return SelinuxContext.parse(named("process").orElse(PROCESS));
    }

    /** What the policy has for files of containers, without categories. */
    public SelinuxContext file() {
        return SelinuxContext.parse(named("file").orElse(FILE));
    }

    /**
     * Asks the kernel about a label.
     *
     * @param field what of a request it was made of
     * @throws InvalidArgumentException when the policy in force has no such label
     * @throws FailedPreconditionException when the kernel cannot be asked
     */
    public void require(String field, SelinuxContext context) {
        Path file = root.resolve("sys/fs/selinux/context");
        if (!Files.exists(file)) {
            throw new FailedPreconditionException(
                    "the kernel's SELinux cannot be asked: " + file + " is not there");
        }
        try {
            Files.writeString(file, context.label(), StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new InvalidArgumentException(
                    field
                            + ": SELinux label \""
                            + context.label()
                            + "\" is not one of the policy in force",
                    e);
        }
    }

    /**
     * Gives a file, or a directory with all that is in it, a label. File systems that have no
     * labels stay as they are.
     *
     * @throws InvalidArgumentException when the path is a directory of the system
     * @throws IOException when it cannot be done, naming the file
     */
    public void relabel(Path path, String label) throws IOException {
        Relabelling.refuseSystem(path);
        new Relabelling(syscalls, label).of(path);
    }

    /** A line of the files in which policies say what is meant for containers. */
    private Optional<String> named(String key) {
        for (Path file : files()) {
            try {
                if (Files.exists(file)) {
                    return value(Files.readAllLines(file, StandardCharsets.UTF_8), key);
                }
            } catch (IOException | UncheckedIOException e) {
                throw new FailedPreconditionException(
                        "SELinux labels of containers cannot be read: " + e.getMessage(), e);
            }
        }
        return Optional.empty();
    }

    private List<Path> files() {
        String policy = "targeted";
        Path config = root.resolve("etc/selinux/config");
        try {
            if (Files.exists(config)) {
                policy = value(Files.readAllLines(config), "SELINUXTYPE").orElse(policy);
            }
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "SELinux's configuration cannot be read: " + e.getMessage(), e);
        }
        return List.of(
                root.resolve("usr/share/containers/selinux/contexts"),
                root.resolve("etc/selinux/" + policy + "/contexts/lxc_contexts"));
    }

    /** Lines are {@code key = "value"}, quoted or not. */
    private static Optional<String> value(List<String> lines, String key) {
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals > 0 && line.substring(0, equals).strip().equals(key)) {
                return Optional.of(line.substring(equals + 1).strip().replace("\"", ""));
            }
        }
        return Optional.empty();
    }
}
