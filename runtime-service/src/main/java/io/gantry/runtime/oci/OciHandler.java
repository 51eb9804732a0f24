package io.gantry.runtime.oci;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An OCI runtime that is installed on the node.
 *
 * @param name by which clients ask for it, as a DNS label
 * @param binary absolute
 * @param root absolute directory that the runtime keeps the state of containers in
 */
public record OciHandler(String name, String binary, String root) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    public OciHandler {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidArgumentException(
                    "runtime handler \""
                            + name
                            + "\" needs another name: small letters, digits and hyphens, 63 at"
                            + " most");
        }
    }

    /** Why it cannot be used, as the machine is now; empty when it can. */
    public Optional<String> problem() {
        Path file = Path.of(binary);
        if (!Files.exists(file)) {
            return Optional.of("runtime handler \"" + name + "\": " + binary + " does not exist");
        }
        if (!Files.isRegularFile(file) || !Files.isExecutable(file)) {
            return Optional.of(
                    "runtime handler \"" + name + "\": " + binary + " is not an executable file");
        }
        return Optional.empty();
    }

    /**
     * Checks that it can be used.
     *
     * @throws FailedPreconditionException when it cannot
     */
    public void requireUsable() {
        problem()
                .ifPresent(
                        why -> {
                            throw new FailedPreconditionException(why);
                        });
    }

    /**
     * The command line of a call.
     *
     * @param log file that errors are written to, as JSON
     */
    public List<String> command(Path log, List<String> verb) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                binary,
                                "--root",
                                root,
                                "--log",
                                log.toString(),
                                "--log-format",
                                "json"));
        command.addAll(verb);
        return List.copyOf(command);
    }
}
