package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.container.Container;
import java.io.IOException;
import java.util.Optional;

/** The steps that take a container apart which does not run; each idempotent. */
final class ContainerTeardown {

    private static final int ESRCH = 3;

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final RootfsProvider rootfs;
    private final Preparations preparations;
    private final OciTeardown oci;

    ContainerTeardown(
            RuntimeState state,
            Shims shims,
            CgroupManager cgroups,
            RootfsProvider rootfs,
            Preparations preparations,
            OciTeardown oci) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.rootfs = rootfs;
        this.preparations = preparations;
        this.oci = oci;
    }

    /** Says that a container of an earlier run of this program has processes. */
    void takeIn(Container container) {
        cgroups.occupied(new CgroupPath(container.cgroup()));
    }

    /** Ends what its first process left running and removes its cgroup and OCI runtime's state. */
    void removeCgroup(Container container) throws IOException {
        preparations.drop(container.id());
        cgroups.killAll(new CgroupPath(container.cgroup()));
        oci.clear(container.id());
        cgroups.remove(new CgroupPath(container.cgroup()));
    }

    /** Waits until nothing is left of it with an OCI runtime, if it has one. */
    void releaseRuntime(Container container) throws IOException {
        if (oci.wasCalled(container.id())) {
            removeCgroup(container);
        }
    }

    /** Takes back a start of which no record could be made, so that there can be another. */
    void takeBackStart(Container container) throws IOException {
        removeCgroup(container);
        Optional<Shim> shim = shims.find(container.podSandboxId());
        if (shim.isPresent()) {
            SandboxTeardown.forget(shim.get(), container.id().value(), state.clock());
        }
    }

    /** Removes everything of it but the record. */
    void removeAll(Container container) throws IOException {
        removeCgroup(container);
        forgetInShim(container);
        rootfs.remove(container.id());
        Layout.ContainerFiles files = state.layout().container(container.id());
        Trees.delete(files.stateDirectory());
        Trees.delete(files.directory());
    }

    private void forgetInShim(Container container) throws IOException {
        Optional<Shim> shim = shims.find(container.podSandboxId());
        if (shim.isEmpty()) {
            return;
        }
        try {
            shim.get().forget(container.id().value());
        } catch (ShimException e) {
            if (e.errno() != ESRCH) {
                throw e;
            }
        }
    }
}
