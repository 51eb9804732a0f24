package io.gantry.cli;

import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.NetworkMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code run} and {@code create} say of a container. */
final class ContainerOptions {

    @Mixin private final ProcessOptions process = new ProcessOptions();
    @Mixin private final LimitOptions limits = new LimitOptions();
    @Mixin private final SecurityOptions security = new SecurityOptions();

    @Option(names = "--name", paramLabel = "NAME", description = "Name of the container.")
    private String name = "";

    @Option(names = "--rm", description = "Remove the container once it has exited.")
    private boolean remove;

    @Option(
            names = {"-v", "--volume"},
            paramLabel = "SOURCE:TARGET[:ro]",
            description = "Mount a host path.")
    private List<String> mounts = List.of();

    @Option(
            names = "--mount",
            paramLabel = "type=bind|image,source=…,target=…",
            description = "Mount a host path, or an image that is here.")
    private List<String> longMounts = List.of();

    @Option(
            names = {"--network", "--net"},
            paramLabel = "MODE",
            description = "default (the node's CNI network), host or none.")
    private String network = "default";

    @Option(
            names = {"--ip", "--ip6"},
            paramLabel = "ADDRESS",
            description = "An address of its network that it is to have.")
    private List<String> ips = List.of();

    @Option(names = "--hostname", paramLabel = "NAME", description = "Host name.")
    private String hostname = "";

    @Option(
            names = {"-p", "--publish"},
            paramLabel = "[IP:]HOST:CONTAINER[/PROTO]",
            description = "Publish a port on the host.")
    private List<String> ports = List.of();

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "Set a label.")
    private Map<String, String> labels = Map.of();

    @Option(
            names = "--entrypoint",
            paramLabel = "PROGRAM",
            description = "Run this instead of the image's entrypoint.")
    private @Nullable String entrypoint;

    @Option(
            names = "--stop-signal",
            paramLabel = "SIGNAL",
            description = "Signal that asks it to stop.")
    private String stopSignal = "";

    @Parameters(index = "0", paramLabel = "IMAGE")
    private String image = "";

    @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "Command and arguments.")
    private List<String> arguments = List.of();

    String image() {
        return image;
    }

    boolean interactive() {
        return process.interactive();
    }

    boolean tty() {
        return process.tty();
    }

    /** The request; paths are taken relative to the working directory of the client. */
    CreateContainerRequest toRequest(Map<String, String> surroundings) {
        CreateContainerRequest.Builder request =
                CreateContainerRequest.newBuilder()
                        .setImage(image)
                        .setName(name)
                        .addAllArgs(arguments)
                        .addAllEnv(process.environment(surroundings))
                        .setWorkingDir(process.workingDir())
                        .setUser(process.user())
                        .setTty(process.tty())
                        .setStdin(process.interactive())
                        .setNetwork(networkMode())
                        .addAllIps(ips)
                        .setHostname(hostname)
                        .putAllLabels(labels)
                        .setLimits(limits.toLimits())
                        .setRemoveOnExit(remove)
                        .setStopSignal(stopSignal);
        if (entrypoint != null && !entrypoint.isEmpty()) {
            request.addCommand(entrypoint);
        }
        Path here = Path.of("").toAbsolutePath();
        mounts.forEach(each -> request.addMounts(MountOption.parse(each, here)));
        longMounts.forEach(each -> request.addMounts(LongMountOption.parse(each, here)));
        ports.forEach(each -> request.addPorts(PortOption.parse(each)));
        security.applyTo(request);
        return request.build();
    }

    private NetworkMode networkMode() {
        return switch (network) {
            case "default", "bridge" -> NetworkMode.NETWORK_MODE_DEFAULT;
            case "host" -> NetworkMode.NETWORK_MODE_HOST;
            case "none" -> NetworkMode.NETWORK_MODE_NONE;
            default ->
                    throw new UsageException(
                            "--network: '" + network + "' is not default, host or none");
        };
    }
}
