package io.gantry.runtime.spec;

import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.cdi.CdiCatalog;
import io.gantry.runtime.cdi.CdiDirectories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A machine of a few paths. */
class TestNode implements Node {

    static final Seccomp DEFAULT_FILTER =
            new Seccomp("SCMP_ACT_ERRNO", null, List.of("SCMP_ARCH_X86_64"), List.of(), List.of());

    final Map<Path, Path> links = new TreeMap<>();
    final Map<Path, Device> devices = new TreeMap<>();
    final Map<Path, String> files = new TreeMap<>();
    final List<Path> made = new ArrayList<>();
    Propagation propagation = Propagation.PRIVATE;
    boolean recursiveReadonly = true;
    IdMapping idMapping = IdMapping.TREE;
    CdiCatalog cdi = CdiDirectories.none().read();

    @Override
    public Path resolve(Path path) {
        return links.getOrDefault(path, path);
    }

    @Override
    public void makeDirectory(Path path) throws IOException {
        if (path.startsWith("/refused")) {
            throw new IOException("no room");
        }
        made.add(path);
    }

    @Override
    public PathMount mountOf(Path path) {
        return new PathMount("/", "ext4", propagation);
    }

    @Override
    public Optional<Device> device(Path path) throws IOException {
        return Optional.ofNullable(devices.get(path));
    }

    @Override
    public List<Path> devicesBelow(Path directory) {
        return devices.keySet().stream().filter(path -> path.startsWith(directory)).toList();
    }

    @Override
    public byte[] read(Path file) throws IOException {
        String text = files.get(file);
        if (text == null) {
            throw new NoSuchFileException(file.toString());
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean recursiveReadonly() {
        return recursiveReadonly;
    }

    @Override
    public IdMapping idMapping(Path source, Path users) {
        return idMapping;
    }

    @Override
    public String kernel() {
        return "6.1.0-13-amd64";
    }

    @Override
    public String machine() {
        return "amd64";
    }

    @Override
    public Seccomp defaultSeccomp(List<String> capabilities) {
        return DEFAULT_FILTER;
    }

    @Override
    public AppArmor apparmor() {
        return new AppArmor(false);
    }

    @Override
    public Selinux selinux() {
        return new Selinux(false, Syscalls.system());
    }

    @Override
    public CdiCatalog cdi() {
        return cdi;
    }
}
