package io.gantry.image.build.engine;

import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.Step;
import io.gantry.image.build.api.StepMount;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.engine.StepStore.Outcome;
import io.gantry.image.build.engine.StepStore.Wanted;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.export.TimeClamp;
import io.gantry.image.build.syntax.Statement.Origin;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.snapshot.DiskUsage;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import io.gantry.linux.spec.Process.User;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Executes RUN. Used by one thread, once. */
final class RunStep {

    /** Where commands have found their heredocs elsewhere. */
    static final String SCRIPT = "/dev/pipes/EOF";

    private final BuildRun run;
    private final Order order;
    private final RunMounts mounts;
    private final Vertex vertex;

    /**
     * A command.
     *
     * @param args with the shell before them
     * @param env what keys depend on
     * @param hidden variables that are no part of keys: proxies
     * @param script a heredoc that is executed
     */
    record Order(
            Instruction.Run instruction,
            List<String> args,
            Map<String, String> env,
            Map<String, String> hidden,
            String cwd,
            User user,
            String home,
            Optional<Content> script,
            Stack below,
            boolean cached) {}

    RunStep(BuildRun run, Order order, RunMounts mounts, Vertex vertex) {
        this.run = run;
        this.order = order;
        this.mounts = mounts;
        this.vertex = vertex;
    }

    /** Finds or makes the layer. */
    Outcome execute() throws IOException {
        StepKey definition = key();
        mounts.addDefinition(definition);
        Wanted wanted =
                new Wanted(
                        definition.done(),
                        () -> {
                            StepKey content = key();
                            mounts.addContent(content);
                            return content.done();
                        },
                        "RUN " + String.join(" ", order.args),
                        order.cached);
        return run.steps().get(wanted, this::make, run.deadline());
    }

    private StepKey key() {
        return new StepKey(order.below.identity(), "run")
                .addAll(order.args)
                .addAll(order.env.entrySet())
                .add(order.cwd)
                .add(order.user)
                .add(order.instruction.network())
                .add(order.instruction.security())
                .addAll(order.instruction.devices())
                .add(run.request().run().network())
                .addAll(run.request().run().hosts().keySet())
                .add(order.script.map(it -> Digest.sha256(it.bytes()).toString()).orElse(""))
                .add(run.clamp());
    }

    private void make(Digest layer) throws IOException {
        Snapshotter snapshotter = run.tools().snapshotter();
        String key = "build-" + layer.hex();
        List<Digest> below = order.below.layers();
        List<SpecMount> rootfs = snapshotter.prepare(key, below);
        boolean committed = false;
        try (RunMounts.Prepared prepared = mounts.prepare()) {
            LayerStack merged = snapshotter.merged(key, below).orElseThrow();
            Stubs stubs =
                    new Stubs(
                            run.tools().kernel(),
                            snapshotter.upper(key),
                            snapshotter.stack(below),
                            merged);
            Map<String, String> places = stubs.make(targets(prepared), run.time());
            execute(key, rootfs, prepared, places);
            stubs.remove();
            if (!run.clamp().isEmpty()) {
                TimeClamp.apply(run.tools().kernel(), snapshotter.upper(key), run.time());
            }
            Usage usage = DiskUsage.of(run.tools().kernel(), snapshotter.upper(key));
            AppliedLayer applied =
                    new AppliedLayer(layer, usage.bytes(), usage.inodes(), false, List.of());
            snapshotter.commitActive(key, layer, below, applied);
            committed = true;
        } finally {
            if (!committed) {
                snapshotter.remove(key);
            }
        }
    }

    /** Those of the step, and those of every container; what is below /dev the runner makes. */
    private static Map<String, Boolean> targets(RunMounts.Prepared prepared) {
        Map<String, Boolean> targets = new LinkedHashMap<>();
        List.of("/proc", "/sys", "/dev").forEach(each -> targets.put(each, true));
        List.of("/etc/hosts", "/etc/resolv.conf", "/etc/hostname")
                .forEach(each -> targets.put(each, false));
        prepared.targets()
                .forEach(
                        (target, directory) -> {
                            if (!target.startsWith("/dev/")) {
                                targets.put(target, directory);
                            }
                        });
        return targets;
    }

    private void execute(
            String key,
            List<SpecMount> rootfs,
            RunMounts.Prepared prepared,
            Map<String, String> places)
            throws IOException {
        List<StepMount> all = new ArrayList<>(prepared.at(places));
        order.script.ifPresent(it -> all.add(new StepMount.Script(it, SCRIPT)));
        Map<String, String> env = new LinkedHashMap<>(order.hidden);
        env.putAll(order.env);
        env.putIfAbsent("HOME", order.home);
        env.putAll(prepared.environment());
        Step step =
                new Step(
                        key,
                        run.id(),
                        rootfs,
                        order.args,
                        env.entrySet().stream()
                                .map(it -> it.getKey() + "=" + it.getValue())
                                .toList(),
                        order.cwd,
                        order.user,
                        all,
                        network(),
                        order.instruction.security(),
                        order.instruction.devices(),
                        run.request().run());
        int status;
        try (Permit _ = Permit.take(run, "executing " + order.args)) {
            status = run.tools().runner().run(step, vertex::log, run.deadline());
        }
        if (status != 0) {
            throw failure(status);
        }
    }

    private Instruction.Network network() {
        return order.instruction.network() == Instruction.Network.DEFAULT
                ? run.request().run().network()
                : order.instruction.network();
    }

    private BuildFailedException failure(int status) {
        Origin origin = order.instruction.origin();
        return new BuildFailedException(
                "process \"%s\" did not complete successfully: exit code: %d"
                        .formatted(String.join(" ", order.args), status),
                origin.place(),
                origin.source().excerpt(origin.place()),
                null);
    }
}
