package io.gantry.e2e.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code bin/gantry}, pointed at one daemon. */
public final class Client {

    private final Path socket;

    Client(Path socket) {
        this.socket = socket;
    }

    /** The command line, to be run. */
    public Command command(String... arguments) {
        List<String> words = new ArrayList<>();
        words.add(GantryDaemon.tree().resolve("bin/gantry").toString());
        words.addAll(List.of(arguments));
        return Command.of(words).with("GANTRY_HOST", "unix://" + socket);
    }

    /** Runs it to its end. */
    public Command.Result run(String... arguments) {
        return command(arguments).run();
    }

    /** Runs it, and it has to succeed. */
    public String ok(String... arguments) {
        return run(arguments).orThrow();
    }
}
