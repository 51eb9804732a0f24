package io.gantry.runtime.service;

import io.gantry.linux.mount.Mounter;
import io.gantry.runtime.bundle.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The mounts of pods, in the daemon's own mount namespace, which is the host's. */
final class HostMounts implements SandboxMounts {

    private final Mounter mounter;

    HostMounts(Mounter mounter) {
        this.mounter = mounter;
    }

    @Override
    public void unmountAll(Layout.Sandbox files) throws IOException {
        for (Path pin :
                List.of(files.netns(), files.ipcns(), files.utsns(), files.userns(), files.shm())) {
            mounter.unmount(pin);
        }
    }
}
