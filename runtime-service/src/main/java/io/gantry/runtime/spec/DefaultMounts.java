package io.gantry.runtime.spec;

import io.gantry.linux.spec.SpecMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The mounts that every container has unless its client mounts over them. */
final class DefaultMounts {

    private DefaultMounts() {}

    /**
     * The list, parents first.
     *
     * @param privileged whether the kernel's own trees can be written to
     * @param readonlyFiles whether the pod's files cannot
     */
    static List<SpecMount> of(SandboxView sandbox, boolean privileged, boolean readonlyFiles) {
        List<SpecMount> mounts = new ArrayList<>(kernels(privileged));
        mounts.add(bind(sandbox.shm(), "/dev/shm", "rw"));
        String files = readonlyFiles ? "ro" : "rw";
        mounts.add(bind(sandbox.hostname(), "/etc/hostname", files));
        mounts.add(bind(sandbox.hosts(), "/etc/hosts", files));
        mounts.add(bind(sandbox.resolvConf(), "/etc/resolv.conf", files));
        return mounts;
    }

    /** Whether a mount is one of the pod's files, which containers are given to read and write. */
    static boolean isFile(SpecMount mount) {
        return mount.type().equals("bind") && mount.destination().startsWith("/etc/");
    }

    /** Those of file systems that the kernel makes. */
    static List<SpecMount> kernels(boolean privileged) {
        String access = privileged ? "rw" : "ro";
        List<SpecMount> mounts = new ArrayList<>();
        mounts.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
        mounts.add(
                mount(
                        "/dev",
                        "tmpfs",
                        "tmpfs",
                        "nosuid",
                        "strictatime",
                        "mode=755",
                        "size=65536k"));
        mounts.add(
                mount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        "nosuid",
                        "noexec",
                        "newinstance",
                        "ptmxmode=0666",
                        "mode=0620",
                        "gid=5"));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
        mounts.add(mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access));
        mounts.add(
                mount(
                        "/sys/fs/cgroup",
                        "cgroup",
                        "cgroup",
                        "nosuid",
                        "noexec",
                        "nodev",
                        "relatime",
                        access));
        return mounts;
    }

    static SpecMount bind(Path source, String destination, String access) {
        return mount(destination, "bind", source.toString(), "rbind", "rprivate", access);
    }

    private static SpecMount mount(
            String destination, String type, String source, String... options) {
        return new SpecMount(destination, type, source, List.of(options));
    }
}
