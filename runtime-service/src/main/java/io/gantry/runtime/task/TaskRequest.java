package io.gantry.runtime.task;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process.Rlimit;
import io.gantry.linux.spec.Process.User;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.pod.PodSandboxId;
import java.util.List;

/**
 * A command, the files it sees and its limits. Of its pod it has the network; mounts, processes,
 * IPC, host name and control groups are its own.
 *
 * @param pod that is ready
 * @param hostname that it has, whatever the pod's
 * @param privileged whether nothing confines it but its namespaces
 */
public record TaskRequest(
        PodSandboxId pod,
        String hostname,
        Command command,
        Files files,
        Limits limits,
        boolean privileged) {

    /**
     * What is executed.
     *
     * @param args argv; the first is looked up in PATH of {@code env} when it has no slash
     * @param env as NAME=value; may hold secrets
     * @param cwd absolute, made when it is missing
     */
    public record Command(List<String> args, List<String> env, String cwd, User user) {
        public Command {
            args = List.copyOf(args);
            env = List.copyOf(env);
        }

        /** Without the environment. */
        @Override
        public String toString() {
            return "command " + args;
        }
    }

    /**
     * What it sees.
     *
     * @param rootfs mounted on its root, one on top of the other
     * @param mounts beside those that every container has, or in place of them; the option {@code
     *     X-gantry.part=path} takes a directory or file of a tree, which the path cannot leave
     * @param inMemory over all of these
     * @param sharedMemoryBytes size of /dev/shm
     */
    public record Files(
            List<Mount> rootfs,
            List<SpecMount> mounts,
            List<MemoryFile> inMemory,
            long sharedMemoryBytes) {
        public Files {
            rootfs = List.copyOf(rootfs);
            mounts = List.copyOf(mounts);
            inMemory = List.copyOf(inMemory);
        }
    }

    /**
     * Bounds.
     *
     * @param resources of its cgroup; device rules in it are not heeded
     */
    public record Limits(Resources resources, List<Rlimit> rlimits) {
        public Limits {
            rlimits = List.copyOf(rlimits);
        }
    }
}
