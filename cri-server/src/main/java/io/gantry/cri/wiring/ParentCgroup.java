package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.linux.cgroup.CgroupDriver;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.linux.systemd.SystemdUnits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The control group that those of pods are below, unless a client places them. It is there as long
 * as the daemon is, and longer only while pods are.
 */
final class ParentCgroup implements AutoCloseable {

    private static final String NAME = "gantry";
    private static final int SUFFIX_BYTES = 4;

    /** Never written: no scope is made here. */
    private static final String RECORD = "oom-kills-of-parent";

    private final CgroupNames names;
    private final Path record;
    private final Clock clock;

    private ParentCgroup(CgroupNames names, Path record, Clock clock) {
        this.names = names;
        this.record = record;
        this.clock = clock;
    }

    /**
     * Makes it.
     *
     * @param state directory that need not survive a reboot
     */
    static ParentCgroup create(CgroupNames names, Path state, Clock clock) throws IOException {
        ParentCgroup parent = new ParentCgroup(names, state.resolve(RECORD), clock);
        parent.use(cgroups -> cgroups.create(names.parentPath(), Resources.none()));
        return parent;
    }

    /**
     * How a daemon calls control groups.
     *
     * @throws FailedPreconditionException when systemd is to make them and cannot
     */
    static CgroupNames names(CriServerConfig config) {
        boolean systemd =
                switch (config.runtime().cgroupDriver()) {
                    // In this order, for the second loads what speaks over D-Bus.
                    case AUTO -> hasVersion2() && SystemdUnits.isThere();
                    case CGROUPFS -> false;
                    case SYSTEMD -> {
                        requireSystemd();
                        yield true;
                    }
                };
        return names(name(config.root()), systemd);
    }

    static CgroupNames names(String name, boolean systemd) {
        return systemd
                ? new CgroupNames(CgroupDriver.SYSTEMD, name + ".slice")
                : new CgroupNames(CgroupDriver.CGROUPFS, "/" + name);
    }

    private static boolean hasVersion2() {
        return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    }

    private static void requireSystemd() {
        if (!SystemdUnits.isThere()) {
            throw new FailedPreconditionException(
                    "runtime.cgroup_driver is \"systemd\", but systemd is not this machine's init,"
                            + " or there is no bus at "
                            + SystemdUnits.SYSTEM_BUS);
        }
    }

    /**
     * Its name. A daemon clears what it does not know in it, so daemons on different directories
     * must not share one.
     */
    static String name(Path root) {
        if (root.equals(CriServerConfig.defaults().root())) {
            return NAME;
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(root.toString().getBytes(StandardCharsets.UTF_8));
            return NAME + "-" + HexFormat.of().formatHex(hash, 0, SUFFIX_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Removes it, unless pods are below. */
    @Override
    public void close() throws IOException {
        CgroupPath path = names.parentPath();
        use(
                cgroups -> {
                    if (cgroups.children(path).isEmpty()) {
                        cgroups.remove(path);
                    }
                });
    }

    private interface Use {
        void of(CgroupManager cgroups) throws IOException;
    }

    private void use(Use use) throws IOException {
        switch (names.driver()) {
            case CGROUPFS ->
                    use.of(CgroupManager.detect(ProcFs.SYSTEM.mounts(), Syscalls.system(), clock));
            case SYSTEMD -> {
                try (SystemdUnits units = new SystemdUnits(SystemdUnits.SYSTEM_BUS)) {
                    use.of(
                            CgroupManager.systemd(
                                    ProcFs.SYSTEM.mounts(),
                                    Syscalls.system(),
                                    clock,
                                    units,
                                    record));
                }
            }
        }
    }
}
