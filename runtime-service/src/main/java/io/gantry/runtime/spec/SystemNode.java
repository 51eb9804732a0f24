package io.gantry.runtime.spec;

import io.gantry.linux.mount.IdMapTrial;
import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.procfs.MountInfo;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.cdi.CdiCatalog;
import io.gantry.runtime.cdi.CdiDirectories;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The machine that this runs on.
 *
 * @param seccomp makes the default filter for a set of capabilities
 * @param apparmor its profiles
 * @param selinux its labels
 * @param devices where vendors describe theirs
 */
public record SystemNode(
        Syscalls syscalls,
        ProcFs proc,
        KernelFeatures features,
        Function<List<String>, Seccomp> seccomp,
        AppArmor apparmor,
        Selinux selinux,
        CdiDirectories devices)
        implements Node {

    private static final Set<Errno> NOTHING_THERE =
            EnumSet.of(Errno.ENOENT, Errno.ENXIO, Errno.ENOTDIR, Errno.ELOOP, Errno.ENAMETOOLONG);

    /** As mkdir -p of most umasks makes them. */
    private static final Set<PosixFilePermission> READABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");

    @Override
    public Path resolve(Path path) throws IOException {
        try {
            return path.toRealPath();
        } catch (FileSystemException e) {
            // Missing, or below what is no directory: who uses the path says so by its name.
            return path.toAbsolutePath().normalize();
        }
    }

    @Override
    public void makeDirectory(Path path) throws IOException {
        if (!Files.exists(path)) {
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(READABLE));
        }
    }

    @Override
    public PathMount mountOf(Path path) throws IOException {
        MountInfo mount =
                proc.mounts()
                        .containing(path)
                        .orElseThrow(() -> new IOException("no mount holds " + path));
        Propagation propagation = Propagation.PRIVATE;
        if (mount.shared()) {
            propagation = Propagation.SHARED;
        } else if (mount.slave()) {
            propagation = Propagation.SLAVE;
        }
        return new PathMount(mount.mountPoint(), mount.type(), propagation);
    }

    @Override
    public Optional<Device> device(Path path) throws IOException {
        FileStatus status;
        try {
            status = syscalls.statx(OpenFlags.AT_FDCWD, CString.of(path.toString()), 0);
        } catch (ErrnoException e) {
            if (NOTHING_THERE.contains(e.errno())) {
                return Optional.empty();
            }
            throw e;
        }
        String type =
                switch (status.type()) {
                    case FileStatus.S_IFCHR -> "c";
                    case FileStatus.S_IFBLK -> "b";
                    default -> "";
                };
        return type.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Device(
                                type,
                                FileStatus.major(status.rdev()),
                                FileStatus.minor(status.rdev()),
                                status.permissions(),
                                status.uid(),
                                status.gid()));
    }

    @Override
    public List<Path> devicesBelow(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        DeviceSearch search = new DeviceSearch(this);
        Files.walkFileTree(directory, search);
        return search.found();
    }

    @Override
    public byte[] read(Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    @Override
    public boolean recursiveReadonly() {
        return features.mountSetattr();
    }

    @Override
    public IdMapping idMapping(Path source, Path users) throws IOException {
        return new IdMapTrial(syscalls).of(source, users);
    }

    @Override
    public String kernel() {
        return features.release();
    }

    @Override
    public String machine() {
        return System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    }

    @Override
    public Seccomp defaultSeccomp(List<String> capabilities) {
        return seccomp.apply(capabilities);
    }

    @Override
    public CdiCatalog cdi() {
        return devices.read();
    }
}
