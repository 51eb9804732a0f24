package io.gantry.runtime.cdi;

import io.gantry.linux.spec.Hook;
import io.gantry.linux.spec.SpecMount;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a device asks of a container's specification.
 *
 * @param env NAME=VALUE, after the container's own
 * @param deviceNodes to make
 * @param mounts in place of others at the same paths
 * @param additionalGids of the process; none is 0
 * @param hooks programs that only an OCI runtime runs
 * @param unsupported names of fields that are there and that Gantry cannot do
 */
public record ContainerEdits(
        List<String> env,
        List<Node> deviceNodes,
        List<SpecMount> mounts,
        List<Long> additionalGids,
        List<Hook> hooks,
        List<String> unsupported) {

    /** Nothing. */
    public static final ContainerEdits NONE =
            new ContainerEdits(List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public ContainerEdits {
        env = List.copyOf(env);
        deviceNodes = List.copyOf(deviceNodes);
        mounts = List.copyOf(mounts);
        additionalGids = List.copyOf(additionalGids);
        hooks = List.copyOf(hooks);
        unsupported = List.copyOf(unsupported);
    }

    /**
     * A device node. What is not given is as on the host.
     *
     * @param path in the container
     * @param hostPath on the host
     * @param type b, c, u or p; empty: not given
     * @param permissions of r, w and m; empty: none
     */
    public record Node(
            String path,
            String hostPath,
            String type,
            @Nullable Long major,
            @Nullable Long minor,
            @Nullable Integer fileMode,
            String permissions,
            @Nullable Long uid,
            @Nullable Long gid) {}

    /** These and then others. */
    public ContainerEdits and(ContainerEdits others) {
        return new ContainerEdits(
                joined(env, others.env),
                joined(deviceNodes, others.deviceNodes),
                joined(mounts, others.mounts),
                joined(additionalGids, others.additionalGids),
                joined(hooks, others.hooks),
                joined(unsupported, others.unsupported));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
