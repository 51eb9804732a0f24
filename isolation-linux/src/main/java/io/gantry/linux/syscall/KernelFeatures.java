package io.gantry.linux.syscall;

import io.gantry.base.error.FailedPreconditionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the running kernel can do beyond the minimum, probed once at start.
 *
 * @param release as 6.1.0-13-amd64
 * @param mountSetattr mount_setattr(2), since 5.12: recursive read-only and idmapped mounts
 * @param idmappedOverlay overlayfs over idmapped layers, since 5.19
 * @param userNamespaces pods can have some: they are built in, some are allowed, and layers can be
 *     idmapped
 * @param seccomp filters are built in
 * @param overlay overlayfs is built in or loaded
 * @param cgroupNamespaces cgroup namespaces are built in
 * @param apparmor AppArmor is on
 * @param selinux SELinux is on
 */
public record KernelFeatures(
        String release,
        boolean mountSetattr,
        boolean idmappedOverlay,
        boolean userNamespaces,
        boolean seccomp,
        boolean overlay,
        boolean cgroupNamespaces,
        boolean apparmor,
        boolean selinux) {

    static final Set<SyscallNumber> PROBED =
            EnumSet.of(
                    SyscallNumber.OPENAT2,
                    SyscallNumber.CLONE3,
                    SyscallNumber.CLOSE_RANGE,
                    SyscallNumber.MOVE_MOUNT,
                    SyscallNumber.MOUNT_SETATTR);

    private static final Set<SyscallNumber> REQUIRED =
            EnumSet.of(
                    SyscallNumber.OPENAT2,
                    SyscallNumber.CLONE3,
                    SyscallNumber.CLOSE_RANGE,
                    SyscallNumber.MOVE_MOUNT);

    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

    /** Nothing optional: for tests and for the most conservative programs. */
    public static KernelFeatures minimum() {
        return new KernelFeatures("5.10", false, false, false, true, true, true, false, false);
    }

    /**
     * Asks the kernel.
     *
     * @throws FailedPreconditionException when it is older than 5.10, or lacks what that version
     *     has
     */
    public static KernelFeatures probe(Syscalls syscalls) throws IOException {
        String release = syscalls.uname().release();
        if (!isAtLeast(release, 5, 10)) {
            throw new FailedPreconditionException(
                    "kernel " + release + " is too old: 5.10 or newer is needed");
        }
        for (SyscallNumber call : REQUIRED) {
            if (!syscalls.implementsCall(call)) {
                throw new FailedPreconditionException(
                        "kernel " + release + " does not let " + call.cName() + "(2) through");
            }
        }
        boolean mountSetattr = syscalls.implementsCall(SyscallNumber.MOUNT_SETATTR);
        boolean idmapped = mountSetattr && isAtLeast(release, 5, 19);
        return new KernelFeatures(
                release,
                mountSetattr,
                idmapped,
                idmapped && someAllowed(),
                Files.exists(Path.of("/proc/sys/kernel/seccomp/actions_avail")),
                Files.readAllLines(Path.of("/proc/filesystems")).contains("nodev\toverlay"),
                Files.exists(Path.of("/proc/self/ns/cgroup")),
                flag(Path.of("/sys/module/apparmor/parameters/enabled"), "Y"),
                Files.exists(Path.of("/sys/fs/selinux/enforce")));
    }

    /** Whether a kernel of that release has what came with a version. */
    public static boolean isAtLeast(String release, int major, int minor) {
        Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int has = Integer.parseInt(matcher.group(1));
        return has > major || (has == major && Integer.parseInt(matcher.group(2)) >= minor);
    }

    /** namespaces(7). */
    private static boolean someAllowed() throws IOException {
        Path most = Path.of("/proc/sys/user/max_user_namespaces");
        return Files.exists(Path.of("/proc/self/ns/user"))
                && Files.exists(most)
                && !Files.readAllLines(most).getFirst().strip().equals("0");
    }

    private static boolean flag(Path file, String on) throws IOException {
        return Files.exists(file) && Files.readString(file).strip().equals(on);
    }
}
