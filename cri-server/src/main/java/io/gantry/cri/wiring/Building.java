package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.build.AgentSockets;
import io.gantry.cri.build.BuildPods;
import io.gantry.cri.build.CacheLimits;
import io.gantry.cri.build.ContextStore;
import io.gantry.cri.build.PodStepRunner;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.grpc.BuildTools;
import io.gantry.image.build.api.Builder;
import io.gantry.image.snapshot.DiskUsage;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.service.RuntimeService;
import java.io.IOException;
import java.time.Duration;

/** Builds, joined to the runtime that executes their commands. */
record Building(BuildPods pods, BuildTools tools) implements AutoCloseable {

    static Building over(CriServerConfig config, RuntimeService runtime, Stores stores, Clock clock)
            throws IOException {
        BuildPods pods = new BuildPods(runtime.pods(), clock);
        Builder builder = stores.builder(new PodStepRunner(pods, runtime.tasks()));
        ContextStore contexts =
                new ContextStore(
                        config.root().resolve("build-contexts"),
                        ProcFs.SYSTEM.bootId(),
                        directory -> DiskUsage.of(Syscalls.system(), directory).bytes(),
                        builder::keep,
                        clock);
        return new Building(
                pods,
                new BuildTools(
                        builder,
                        contexts,
                        config.state().resolve("agents"),
                        new CacheLimits(
                                (long) config.build().keepMib() << 20,
                                Duration.ofDays(config.build().keepDays()),
                                clock)));
    }

    /** Removes what an earlier daemon left of builds. */
    void sweep() throws IOException {
        pods.sweep();
        tools.contexts().sweep();
        AgentSockets.sweep(tools.agents());
    }

    @Override
    public void close() {
        tools.builder().close();
        pods.close();
    }
}
