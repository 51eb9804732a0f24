package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The control group that those of pods are below, unless a client places them. It is there as long
 * as the daemon is, and longer only while pods are.
 */
final class ParentCgroup implements AutoCloseable {

    private static final String NAME = "/gantry";
    private static final int SUFFIX_BYTES = 4;

    private final CgroupManager cgroups;
    private final CgroupPath path;

    private ParentCgroup(CgroupManager cgroups, CgroupPath path) {
        this.cgroups = cgroups;
        this.path = path;
    }

    /** Makes the group of the daemon that has its root there. */
    static ParentCgroup create(Path root, Clock clock) throws IOException {
        CgroupManager cgroups =
                CgroupManager.detect(ProcFs.SYSTEM.mounts(), Syscalls.system(), clock);
        CgroupPath path = path(root);
        cgroups.create(path, Resources.none());
        return new ParentCgroup(cgroups, path);
    }

    /**
     * Its path. A daemon clears what it does not know in it, so daemons on different directories
     * must not share one.
     */
    static CgroupPath path(Path root) {
        if (root.equals(CriServerConfig.defaults().root())) {
            return new CgroupPath(NAME);
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(root.toString().getBytes(StandardCharsets.UTF_8));
            return new CgroupPath(NAME + "-" + HexFormat.of().formatHex(hash, 0, SUFFIX_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Removes it, unless pods are below. */
    @Override
    public void close() throws IOException {
        if (cgroups.children(path).isEmpty()) {
            cgroups.remove(path);
        }
    }
}
