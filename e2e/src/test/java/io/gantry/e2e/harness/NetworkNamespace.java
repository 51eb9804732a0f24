package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace in which programs can be started: the machine's own, or one that a sleeping
 * process holds, so that nothing of it is seen outside.
 */
public final class NetworkNamespace implements AutoCloseable {

    /** The one that the tests run in. */
    public static final NetworkNamespace HOST = new NetworkNamespace(null);

    private final Process holder;

    private NetworkNamespace(Process holder) {
        this.holder = holder;
    }

    /** A new one with nothing but loopback, which is up. */
    public static NetworkNamespace create() {
        try {
            Process holder =
                    new ProcessBuilder("unshare", "--net", "--", "sleep", "infinity").start();
            NetworkNamespace network = new NetworkNamespace(holder);
            Path own = Path.of("/proc/self/ns/net");
            Path held = Path.of("/proc", Long.toString(holder.pid()), "ns/net");
            Await.until(
                    "a network namespace",
                    Await.seconds(60),
                    () ->
                            !Files.readSymbolicLink(held).equals(Files.readSymbolicLink(own))
                                    && Texts.read(held.resolveSibling("../comm"))
                                            .startsWith("sleep"));
            Command.of(network.enter("ip", "link", "set", "lo", "up")).run().orThrow();
            return network;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The words that start a program in it; the process that is started becomes that program. */
    public List<String> enter(List<String> words) {
        if (holder == null) {
            return words;
        }
        List<String> all = new ArrayList<>();
        all.addAll(List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net", "--"));
        all.addAll(words);
        return all;
    }

    public List<String> enter(String... words) {
        return enter(List.of(words));
    }

    /** Names of its links. */
    List<String> links() {
        return Command.of(enter("ip", "-o", "link", "show"))
                .run()
                .orThrow()
                .lines()
                .map(line -> line.split(": ", 3)[1])
                .toList();
    }

    @Override
    public void close() {
        if (holder != null) {
            holder.destroy();
            holder.onExit().join();
        }
    }
}
