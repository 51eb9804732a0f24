package io.gantry.cri.engine;

import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PortMapping;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code gantry run} asks for.
 *
 * @param image reference, id or unique prefix of an id
 * @param name empty: one is made up
 * @param command what runs
 * @param isolation how far it is kept apart
 * @param mounts volumes
 * @param network which network it is in
 * @param ips addresses that it asks its network for; empty: any
 * @param hostname empty: the runtime's choice
 * @param ports of the host that lead to it
 * @param labels free-form
 * @param resources limits
 * @param removeOnExit whether it goes once it has exited
 */
public record ContainerRequest(
        String image,
        String name,
        Command command,
        Isolation isolation,
        List<ContainerMount> mounts,
        Network network,
        List<String> ips,
        String hostname,
        List<PortMapping> ports,
        Map<String, String> labels,
        LinuxResources resources,
        boolean removeOnExit) {

    public ContainerRequest {
        mounts = List.copyOf(mounts);
        ips = List.copyOf(ips);
        ports = List.copyOf(ports);
    }

    /**
     * What runs.
     *
     * @param entrypoint empty: the image's
     * @param args empty: the image's, unless there is an entrypoint
     * @param workingDir empty: the image's
     * @param user uid, name, uid:gid or name:group; empty: the image's
     * @param stopSignal null: the image's
     */
    public record Command(
            List<String> entrypoint,
            List<String> args,
            List<EnvVar> env,
            String workingDir,
            String user,
            boolean tty,
            Stdin stdin,
            @Nullable Signal stopSignal) {
        public Command {
            entrypoint = List.copyOf(entrypoint);
            args = List.copyOf(args);
            env = List.copyOf(env);
        }
    }

    /** Standard input. */
    public enum Stdin {
        /** There is none. */
        NONE,
        /** It ends when an attached client ends it, or goes. */
        ONCE,
        /** It is open for as long as the container runs. */
        STAYS
    }

    /** How far a container is kept apart from the host. */
    public record Isolation(
            CapabilityChanges capabilities, boolean privileged, boolean readonlyRootfs) {}

    /** Networks. */
    public enum Network {
        /** The node's CNI network when one is configured, else loopback alone. */
        DEFAULT,
        /** The host's. */
        HOST,
        /** Loopback alone. */
        NONE
    }
}
