package io.gantry.runtime.service;

import io.gantry.linux.mount.Mounter;
import io.gantry.runtime.bundle.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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

    @Override
    public void unmountRoot(Layout.ContainerFiles files) throws IOException {
        mounter.unmount(files.rootfs());
        if (Files.isDirectory(files.volumes())) {
            try (Stream<Path> volumes = Files.list(files.volumes())) {
                for (Path volume : volumes.toList()) {
                    mounter.unmount(volume);
                }
            }
        }
    }
}
