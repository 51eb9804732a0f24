package io.gantry.e2e.harness;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a scenario that leaves something on the machine: mounts, pinned namespaces, control groups,
 * processes, network links, files of pods and containers, open files of the daemon. Pods and
 * containers of a scenario are removed first, over the API.
 */
public final class HostLeakExtension implements BeforeEachCallback, AfterEachCallback {

    private final Node node;
    private HostState before;
    private long pid;

    public HostLeakExtension(Node node) {
        this.node = node;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        pid = node.daemon().pid();
        before = HostState.of(node.daemon());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!node.daemon().isAlive()) {
            node.daemon().start();
        }
        node.daemon().removeEverything();
        check(node.daemon(), before, pid);
    }

    /** Waits until nothing is there that was not before. */
    public static void check(GantryDaemon daemon, HostState before, long pidBefore) {
        List<String> left = new ArrayList<>();
        Await.until(
                () -> "nothing left on the host; there is\n  " + String.join("\n  ", left),
                Await.seconds(60),
                () -> {
                    left.clear();
                    left.addAll(HostState.of(daemon).beyond(before));
                    if (daemon.pid() != pidBefore) {
                        // Another process: its descriptors say nothing about the first one's.
                        left.removeIf(thing -> thing.startsWith("open file"));
                    }
                    return left.isEmpty();
                });
    }
}
