package io.gantry.cri.build;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.build.api.RunOptions;
import io.gantry.image.build.api.Step;
import io.gantry.image.build.api.StepMount;
import io.gantry.image.build.api.StepRunner;
import io.gantry.image.build.dockerfile.Instruction.Security;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.service.StartFailedException;
import io.gantry.runtime.service.TaskManager;
import io.gantry.runtime.task.TaskRequest;
import io.gantry.runtime.task.TaskResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Executes the commands of builds in pods. Thread-safe. */
public final class PodStepRunner implements StepRunner {

    /** What images have seen elsewhere. */
    private static final String HOSTNAME = "buildkitsandbox";

    private static final long SHARED_MEMORY = 64L << 20;

    /** Twice what podman gives; the node survives that many. */
    private static final long PROCESSES = 4096;

    private static final int SIGKILLED = 128 + 9;
    private static final int FILE_MODE = 0644;
    private static final int SCRIPT_MODE = 0755;

    private final BuildPods pods;
    private final TaskManager tasks;

    public PodStepRunner(BuildPods pods, TaskManager tasks) {
        this.pods = pods;
        this.tasks = tasks;
    }

    @Override
    public int run(Step step, StepOutput output, Deadline deadline) {
        refuseUnsupported(step);
        try (BuildPods.Lease pod = pods.take(step.build(), step.network(), deadline)) {
            ClippedOutput clipped = new ClippedOutput(output);
            TaskResult result = tasks.run(request(step, pod), clipped, deadline);
            clipped.finish();
            if (result.oomKilled() && result.exitCode() == SIGKILLED) {
                throw new ResourceExhaustedException(
                        "process \"%s\" was killed: out of memory"
                                .formatted(String.join(" ", step.args())));
            }
            return result.exitCode();
        } catch (StartFailedException e) {
            throw new FailedPreconditionException(
                    "process \"%s\" could not be started: %s"
                            .formatted(String.join(" ", step.args()), e.getMessage()),
                    e);
        }
    }

    @Override
    public void finish(String build) {
        pods.finish(build);
    }

    private static void refuseUnsupported(Step step) {
        if (!step.devices().isEmpty()) {
            throw new UnimplementedException("devices of commands are not supported yet");
        }
        if (!step.options().cgroupParent().isEmpty()) {
            throw new UnimplementedException(
                    "the cgroups of builds are below the daemon's: a parent cannot be chosen");
        }
    }

    private static TaskRequest request(Step step, BuildPods.Lease pod) {
        RunOptions options = step.options();
        String hostname = options.hostname().isEmpty() ? HOSTNAME : options.hostname();
        long shared = options.sharedMemoryBytes();
        List<SpecMount> mounts = new ArrayList<>();
        List<MemoryFile> files = new ArrayList<>();
        files.add(file("/etc/hosts", hosts(hostname, options.hosts())));
        files.add(file("/etc/hostname", hostname + "\n"));
        step.mounts().forEach(each -> add(each, mounts, files));
        return new TaskRequest(
                pod.id(),
                hostname,
                new TaskRequest.Command(step.args(), step.env(), step.cwd(), step.user()),
                new TaskRequest.Files(
                        step.rootfs().stream().map(PodStepRunner::mount).toList(),
                        mounts,
                        files,
                        shared == 0 ? SHARED_MEMORY : shared),
                new TaskRequest.Limits(bounded(options.resources()), options.rlimits()),
                step.security() == Security.INSECURE);
    }

    private static void add(StepMount mount, List<SpecMount> mounts, List<MemoryFile> files) {
        String target = mount.target();
        switch (mount) {
            case StepMount.Tree it -> mounts.add(tree(it));
            case StepMount.Directory it -> mounts.add(bind(it.directory(), target, it.readOnly()));
            case StepMount.Tmpfs it -> mounts.add(memory(it));
            case StepMount.Socket it -> {
                own(it);
                mounts.add(bind(it.socket(), target, false));
            }
            case StepMount.Secret it ->
                    files.add(
                            new MemoryFile(
                                    target,
                                    it.content().bytes(),
                                    it.mode(),
                                    (int) it.uid(),
                                    (int) it.gid()));
            case StepMount.Script it ->
                    files.add(new MemoryFile(target, it.content().bytes(), SCRIPT_MODE, 0, 0));
        }
    }

    /** Its part is looked up inside the tree, which a link in it cannot lead out of. */
    private static SpecMount tree(StepMount.Tree tree) {
        if (tree.tree().size() != 1) {
            throw new InternalException(
                    "a tree of " + tree.tree().size() + " mounts cannot be seen in parts");
        }
        SpecMount whole = tree.tree().getFirst();
        List<String> options = new ArrayList<>(whole.options());
        options.addAll(List.of("nosuid", "nodev"));
        if (!tree.source().equals("/")) {
            options.add("X-gantry.part=" + tree.source());
        }
        return new SpecMount(tree.target(), whole.type(), whole.source(), options);
    }

    private static SpecMount memory(StepMount.Tmpfs tmpfs) {
        List<String> options = new ArrayList<>(List.of("nosuid", "nodev", "mode=1777"));
        if (tmpfs.size() > 0) {
            options.add("size=" + tmpfs.size());
        }
        return new SpecMount(tmpfs.target(), "tmpfs", "tmpfs", options);
    }

    private static SpecMount bind(Path source, String target, boolean readOnly) {
        List<String> options =
                List.of("bind", "rprivate", readOnly ? "ro" : "rw", "nosuid", "nodev");
        return new SpecMount(target, "bind", source.toString(), options);
    }

    private static void own(StepMount.Socket socket) {
        try {
            Files.setAttribute(socket.socket(), "unix:uid", (int) socket.uid());
            Files.setAttribute(socket.socket(), "unix:gid", (int) socket.gid());
            Files.setAttribute(socket.socket(), "unix:mode", socket.mode());
        } catch (IOException e) {
            throw new InternalException("give " + socket.socket() + " its owner", e);
        }
    }

    private static MemoryFile file(String path, String content) {
        return new MemoryFile(path, content.getBytes(StandardCharsets.UTF_8), FILE_MODE, 0, 0);
    }

    private static String hosts(String hostname, Map<String, String> further) {
        StringBuilder text =
                new StringBuilder()
                        .append("127.0.0.1\tlocalhost ")
                        .append(hostname)
                        .append("\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        further.forEach((name, address) -> text.append(address).append('\t').append(name + "\n"));
        return text.toString();
    }

    private static Mount mount(SpecMount mount) {
        return new Mount(mount.type(), mount.source(), mount.options());
    }

    private static Resources bounded(Resources asked) {
        if (asked.pidsLimit() != null) {
            return asked;
        }
        return new Resources(
                asked.devices(),
                asked.cpuShares(),
                asked.cpuQuota(),
                asked.cpuPeriod(),
                asked.cpusetCpus(),
                asked.cpusetMems(),
                asked.memoryLimit(),
                asked.memorySwap(),
                asked.memoryReservation(),
                PROCESSES,
                asked.hugepageLimits(),
                asked.unified());
    }
}
