package io.gantry.runtime.stats;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.procfs.OpenFiles;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.container.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads of running containers what metrics have beyond stats. What ends meanwhile is left out. */
final class DetailsReader {

    private final CgroupManager cgroups;
    private final ProcFs proc;
    private final FileSystems fileSystems;

    DetailsReader(CgroupManager cgroups, ProcFs proc, FileSystems fileSystems) {
        this.cgroups = cgroups;
        this.proc = proc;
        this.fileSystems = fileSystems;
    }

    /** Of all, of which many write to the same file system. */
    List<PodDetails> of(List<PodUse> pods) throws IOException {
        Map<String, String> names = proc.blockDevices();
        Map<Path, Optional<FileSystemSpace>> spaces = new HashMap<>();
        List<PodDetails> all = new ArrayList<>();
        for (PodUse pod : pods) {
            List<ContainerDetails> containers = new ArrayList<>();
            for (ContainerUse use : pod.containers()) {
                try {
                    if (use.group().isPresent()) {
                        containers.add(details(use, use.group().get(), names, spaces));
                    }
                } catch (IOException e) {
                    // It has ended since.
                }
            }
            all.add(new PodDetails(pod, containers));
        }
        return all;
    }

    private ContainerDetails details(
            ContainerUse use,
            GroupUse group,
            Map<String, String> names,
            Map<Path, Optional<FileSystemSpace>> spaces)
            throws IOException {
        return new ContainerDetails(
                use,
                group,
                cgroups.accounts(new CgroupPath(use.container().cgroup())),
                processes(use.container()),
                use.layer()
                        .map(LayerUsage::mountpoint)
                        .flatMap(where -> spaces.computeIfAbsent(where, this::space)),
                names);
    }

    private Optional<FileSystemSpace> space(Path mountpoint) {
        try {
            return Optional.of(fileSystems.space(mountpoint));
        } catch (IOException e) {
            // The numbers of it are missing then, and no others.
            return Optional.empty();
        }
    }

    private ProcessFacts processes(Container container) throws IOException {
        List<Integer> pids = cgroups.processes(new CgroupPath(container.cgroup()));
        long descriptors = 0;
        long sockets = 0;
        for (int pid : pids) {
            Optional<OpenFiles> open = proc.openFiles(pid);
            descriptors += open.map(OpenFiles::all).orElse(0L);
            sockets += open.map(OpenFiles::sockets).orElse(0L);
        }
        return new ProcessFacts(
                pids.size(), descriptors, sockets, proc.openFileLimit(container.status().pid()));
    }
}
