package io.gantry.linux.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A container, as the OCI runtime specification describes it.
 *
 * @param process what runs
 * @param root the root file system
 * @param hostname UTS host name to set in a new UTS namespace; empty: leave
 * @param mounts in the order in which they are mounted
 * @param annotations free-form
 * @param linux what only Linux has
 * @param hooks programs that an OCI runtime runs, those of a stage in their order; nothing else can
 */
public record Spec(
        Process process,
        Root root,
        String hostname,
        List<SpecMount> mounts,
        Map<String, String> annotations,
        LinuxSpec linux,
        List<Hook> hooks) {

    /** Version of the specification that these records follow. */
    public static final String OCI_VERSION = "1.2.0";

    public Spec {
        mounts = List.copyOf(mounts);
        // A daemon that knew none has written some that are read back by this one.
        hooks = hooks == null ? List.of() : List.copyOf(hooks);
    }

    /** One without hooks. */
    public Spec(
            Process process,
            Root root,
            String hostname,
            List<SpecMount> mounts,
            Map<String, String> annotations,
            LinuxSpec linux) {
        this(process, root, hostname, mounts, annotations, linux, List.of());
    }

    /** The same with another process. */
    public Spec with(Process other) {
        return new Spec(other, root, hostname, mounts, annotations, linux, hooks);
    }

    /** The same with other mounts. */
    public Spec with(List<SpecMount> others) {
        return new Spec(process, root, hostname, others, annotations, linux, hooks);
    }

    /** The same with another Linux part. */
    public Spec with(LinuxSpec other) {
        return new Spec(process, root, hostname, mounts, annotations, other, hooks);
    }

    /** The same with these hooks after its own. */
    public Spec and(List<Hook> others) {
        List<Hook> all = new ArrayList<>(hooks);
        all.addAll(others);
        return new Spec(process, root, hostname, mounts, annotations, linux, all);
    }

    /**
     * Root file system.
     *
     * @param path where it is, or is to be, mounted
     * @param readonly whether the container may not write to it
     */
    public record Root(String path, boolean readonly) {}
}
