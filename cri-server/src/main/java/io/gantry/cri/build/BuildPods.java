package io.gantry.cri.build;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.engine.EngineAnnotations;
import io.gantry.image.build.dockerfile.Instruction.Network;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.service.PodManager;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods of builds. A command has one to itself while it runs, and leaves it to the next command
 * of its build with the same network: so commands do not meet each other in a network, and those
 * that follow each other do without the making of one. Pods go with their build. Thread-safe.
 */
public final class BuildPods implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BuildPods.class);
    private static final String NAMESPACE = "gantry-build";
    private static final Duration CLEANUP = Duration.ofMinutes(2);

    private final PodManager pods;
    private final Clock clock;
    private final Map<Kind, Deque<PodSandboxId>> idle = new HashMap<>();
    private int busy;
    private boolean closed;

    /** What pods are alike by. */
    private record Kind(String build, Network network) {}

    public BuildPods(PodManager pods, Clock clock) {
        this.pods = pods;
        this.clock = clock;
    }

    /** A pod that one command has, until closed. */
    public final class Lease implements AutoCloseable {
        private final Kind kind;
        private final PodSandboxId id;

        private Lease(Kind kind, PodSandboxId id) {
            this.kind = kind;
            this.id = id;
        }

        /** The pod. */
        public PodSandboxId id() {
            return id;
        }

        @Override
        public void close() {
            giveBack(this);
        }
    }

    /**
     * Takes a pod, which is made when none is idle.
     *
     * @throws UnavailableException when the daemon is ending
     */
    public Lease take(String build, Network network, Deadline deadline) {
        Kind kind = new Kind(build, network);
        PodSandboxId found = begin(kind);
        if (found != null) {
            return new Lease(kind, found);
        }
        boolean made = false;
        try {
            PodSandboxId id =
                    uninterrupted(() -> pods.run(PodOwner.BUILD, config(kind), "", deadline));
            made = true;
            return new Lease(kind, id);
        } finally {
            if (!made) {
                end();
            }
        }
    }

    /** Removes the pods of a build, none of whose commands runs. */
    public void finish(String build) {
        remove(takeIdle(kind -> kind.build().equals(build)));
    }

    /** Removes what an earlier daemon left; before anything is built. */
    public void sweep() {
        List<PodSandboxId> left =
                pods.list(PodSandboxFilter.of(PodOwner.BUILD)).stream()
                        .map(PodSandbox::id)
                        .toList();
        left.forEach(id -> log.atInfo().addKeyValue("podSandboxId", id).log("removing a pod"));
        remove(left);
    }

    /** Waits for the commands that are being killed, and removes all pods. */
    @Override
    public void close() {
        try {
            awaitCommands(Deadline.after(CLEANUP, clock));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remove(takeIdle(kind -> true));
    }

    private synchronized void awaitCommands(Deadline deadline) throws InterruptedException {
        closed = true;
        while (busy > 0 && !deadline.expired()) {
            wait(Math.max(1, deadline.remaining().toMillis()));
        }
    }

    private synchronized @Nullable PodSandboxId begin(Kind kind) {
        if (closed) {
            throw new UnavailableException("the daemon is ending");
        }
        busy++;
        Deque<PodSandboxId> alike = idle.get(kind);
        return alike == null ? null : alike.poll();
    }

    private synchronized void end() {
        busy--;
        notifyAll();
    }

    private synchronized void giveBack(Lease lease) {
        idle.computeIfAbsent(lease.kind, _ -> new ArrayDeque<>()).push(lease.id);
        end();
    }

    private synchronized List<PodSandboxId> takeIdle(Predicate<Kind> which) {
        List<PodSandboxId> taken = new ArrayList<>();
        idle.entrySet()
                .removeIf(
                        each -> {
                            boolean goes = which.test(each.getKey());
                            if (goes) {
                                taken.addAll(each.getValue());
                            }
                            return goes;
                        });
        return taken;
    }

    private void remove(List<PodSandboxId> ids) {
        Deadline deadline = Deadline.after(CLEANUP, clock);
        List<CompletableFuture<Boolean>> removals = new ArrayList<>();
        for (PodSandboxId id : ids) {
            removals.add(
                    submit(
                            () -> {
                                pods.remove(id.value(), deadline);
                                return true;
                            }));
        }
        for (CompletableFuture<Boolean> each : removals) {
            try {
                boolean _ = each.join();
            } catch (CompletionException e) {
                // Its row stays, and the next start tries again.
                log.atWarn().setCause(e.getCause()).log("the pod of a build was not removed");
            }
        }
    }

    /**
     * On a thread that the end of the caller's patience does not reach: half a pod helps nobody.
     */
    private static <T> T uninterrupted(Supplier<T> work) {
        try {
            return submit(work).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ServiceException failure) {
                throw failure;
            }
            throw new InternalException("make a pod: " + e.getCause(), e);
        }
    }

    private static <T> CompletableFuture<T> submit(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Tasks.start(
                "build-pod",
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    private static PodSandboxConfig config(Kind kind) {
        NamespaceOptions namespaces =
                new NamespaceOptions(
                        kind.network() == Network.HOST ? NamespaceMode.NODE : NamespaceMode.POD,
                        NamespaceMode.CONTAINER,
                        NamespaceMode.POD,
                        "",
                        null);
        Map<String, String> annotations =
                kind.network() == Network.NONE
                        ? Map.of(EngineAnnotations.NETWORK, EngineAnnotations.NETWORK_NONE)
                        : Map.of();
        return new PodSandboxConfig(
                new PodSandboxMetadata("build-" + kind.build(), Ids.random(), NAMESPACE, 0),
                "",
                "",
                null,
                List.of(),
                Map.of(),
                annotations,
                "",
                SandboxSecurity.defaults().withNamespaces(namespaces),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }
}
