package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.launch.Host;
import io.gantry.linux.launch.LaunchCompiler;
import io.gantry.linux.mount.IdMapTrial;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.procfs.MountTable;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.security.DefaultSeccomp;
import io.gantry.linux.security.LibseccompFilters;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.shim.SealedBinary;
import io.gantry.linux.shim.ShimLauncher;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.SeccompLibrary;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.linux.systemd.SystemdUnits;
import io.gantry.linux.systemd.Units;
import io.gantry.runtime.bundle.ImageFiles;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.oci.OciRuntime;
import io.gantry.runtime.spec.ContainerSpecs;
import io.gantry.runtime.spec.DefaultProfiles;
import io.gantry.runtime.spec.SystemNode;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together what isolates on this machine. */
final class NativeIsolation {

    private static final Logger log = LoggerFactory.getLogger(NativeIsolation.class);

    private NativeIsolation() {}

    /**
     * Probes the machine.
     *
     * @throws FailedPreconditionException when it lacks something that every pod needs
     */
    static Isolation create(RuntimeSettings settings, ImageFiles images, Clock clock) {
        try {
            return probe(settings, images, clock);
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "this machine cannot run pods: " + e.getMessage(), e);
        }
    }

    private static Isolation probe(RuntimeSettings settings, ImageFiles images, Clock clock)
            throws IOException {
        Syscalls syscalls = Syscalls.system();
        KernelFeatures features = KernelFeatures.probe(syscalls);
        Layout layout = new Layout(settings.root(), settings.state());
        Groups groups = Groups.of(settings, syscalls, clock);
        CgroupManager cgroups = groups.manager;
        CgroupMembership membership = new CgroupMembership(cgroups);
        Host host = Host.of(syscalls, features);
        LaunchCompiler compiler =
                new LaunchCompiler(host, new LibseccompFilters(SeccompLibrary.system(), syscalls));
        OciRuntime runtimes = new OciRuntime(clock);
        SealedBinary shim = SealedBinary.of(settings.shim(), syscalls);
        SystemNode node =
                new SystemNode(
                        syscalls,
                        ProcFs.SYSTEM,
                        features,
                        new DefaultProfiles(DefaultSeccomp::forCapabilities),
                        new AppArmor(features.apparmor()),
                        selinux(settings, features, syscalls),
                        settings.devices());
        return new Isolation(
                cgroups,
                new HostMounts(new Mounter(syscalls)),
                new NativeSandboxLauncher(
                        layout,
                        membership,
                        compiler,
                        new ShimLauncher(shim.path()),
                        new PodUserNamespace(
                                compiler, new IdMapTrial(syscalls), settings.root(), clock)),
                new NativeProcessLauncher(layout, membership, compiler),
                new OciProcessLauncher(
                        layout,
                        compiler,
                        runtimes,
                        Set.copyOf(CapabilityNames.of(host.capabilities()))),
                runtimes,
                new ContainerSpecs(layout, node, images),
                Shims.Connector.UNIX,
                () -> close(shim, groups.units));
    }

    private static Selinux selinux(
            RuntimeSettings settings, KernelFeatures features, Syscalls syscalls) {
        if (settings.selinux() && !features.selinux()) {
            log.warn("SELinux is off on this node: pods have no labels");
        }
        return new Selinux(settings.selinux() && features.selinux(), syscalls);
    }

    /** Control groups, and the way to who makes them: systemd, or nobody else. */
    private record Groups(CgroupManager manager, Optional<Units> units) {

        static Groups of(RuntimeSettings settings, Syscalls syscalls, Clock clock)
                throws IOException {
            MountTable mounts = ProcFs.SYSTEM.mounts();
            return switch (settings.cgroups().driver()) {
                case CGROUPFS ->
                        new Groups(CgroupManager.detect(mounts, syscalls, clock), Optional.empty());
                case SYSTEMD -> {
                    Units units = new SystemdUnits(SystemdUnits.SYSTEM_BUS);
                    yield new Groups(
                            CgroupManager.systemd(
                                    mounts,
                                    syscalls,
                                    clock,
                                    units,
                                    settings.state().resolve("oom-kills")),
                            Optional.of(units));
                }
            };
        }
    }

    private static void close(SealedBinary shim, Optional<Units> units) {
        try {
            shim.close();
        } catch (IOException e) {
            throw new InternalException("close the shim's binary: " + e.getMessage(), e);
        }
        try {
            if (units.isPresent()) {
                units.get().close();
            }
        } catch (IOException e) {
            throw new InternalException("close the way to systemd: " + e.getMessage(), e);
        }
    }
}
