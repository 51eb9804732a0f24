package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.linux.launch.IdMaps;
import io.gantry.linux.launch.Launch;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.launch.SandboxSetup;
import io.gantry.linux.mount.IdMapTrial;
import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.procfs.MountInfo;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.runtime.container.Signal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * Makes the user namespaces of pods. Each is kept by a process of the pod's shim until the shim has
 * pinned it, and then lives by the pin.
 */
final class PodUserNamespace {

    /** By this name a shim knows the process. */
    private static final String KEEPER = "keeper";

    private static final int ESRCH = 3;

    private final LaunchCompiler compiler;
    private final IdMapTrial trial;
    private final Path images;
    private final Clock clock;

    /**
     * Needs to know where containers will have their files.
     *
     * @param images directory of layers
     */
    PodUserNamespace(LaunchCompiler compiler, IdMapTrial trial, Path images, Clock clock) {
        this.compiler = compiler;
        this.trial = trial;
        this.images = images;
        this.clock = clock;
    }

    /**
     * Makes one, and other namespaces that belong to it.
     *
     * @throws StartFailedException when the kernel does not make it
     * @throws FailedPreconditionException when no container could be started in it
     */
    SandboxSetup.Users make(Shim shim, Set<NamespaceType> others, IdMappings mappings)
            throws IOException {
        Launch launch = compiler.namespaces(others);
        int process;
        try {
            process =
                    shim.start(
                            StartRequest.reaper(
                                    KEEPER, launch.cloneFlags(), launch.program().encode()));
        } catch (LaunchFailedException e) {
            throw new StartFailedException("make a user namespace: " + e.getMessage(), e);
        }
        IdMaps.write(process, mappings);
        requireMappable(Path.of("/proc", Integer.toString(process), "ns", "user"));
        return new SandboxSetup.Users(process, mappings);
    }

    private void requireMappable(Path users) throws IOException {
        if (trial.of(images, users) == IdMapping.NONE) {
            String type =
                    ProcFs.SYSTEM
                            .mounts()
                            .containing(images.toRealPath())
                            .map(MountInfo::type)
                            .orElse("unknown");
            throw new FailedPreconditionException(
                    "user namespaces need images on a file system whose ids can be mapped: "
                            + type
                            + ", which has "
                            + images
                            + ", cannot do that on this kernel");
        }
    }

    /** Ends the process, if there is one. */
    void end(Shim shim) throws IOException {
        try {
            shim.signal(KEEPER, Signal.SIGKILL.number());
        } catch (ShimException e) {
            if (e.errno() != ESRCH) {
                throw e;
            }
        }
        SandboxTeardown.forget(shim, KEEPER, clock);
    }

    /** Ends a shim that could not be set up, whose process is ended. */
    void endShim(Shim shim) throws IOException {
        SandboxTeardown.shutDown(shim, clock);
    }
}
