package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.engine.Container;
import io.gantry.proto.engine.ListContainersRequest;
import io.gantry.proto.engine.PortMapping;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "ps", description = "List containers.")
final class PsCommand extends GantrySubcommand {

    private static final int COMMAND_WIDTH = 24;

    @Mixin private final OutputOptions output = new OutputOptions();
    @Mixin private final OwnerOption owner = new OwnerOption();

    @Option(
            names = {"-a", "--all"},
            description = "Also those that do not run.")
    private boolean all;

    PsCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        ListContainersRequest request =
                ListContainersRequest.newBuilder().setOwner(owner.owner()).setAll(all).build();
        List<Container> containers = engine().listContainers(request).getContainersList();
        if (output.json()) {
            OutputOptions.printJson(streams(), containers);
        } else if (output.quiet()) {
            containers.forEach(each -> streams().out().println(output.id(each.getId())));
        } else {
            table(containers, Clock.SYSTEM.now()).print(streams().out());
        }
        return ExitCodes.OK;
    }

    private Table table(List<Container> containers, Instant now) {
        Table table =
                new Table(
                        "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
        for (Container each : containers) {
            table.add(
                    output.id(each.getId()),
                    each.getImage(),
                    command(each.getCommandList()),
                    HumanText.ago(each.getCreatedAt(), now),
                    status(each, now),
                    each.getPortsList().stream()
                            .map(PsCommand::port)
                            .collect(Collectors.joining(", ")),
                    each.getName());
        }
        return table;
    }

    private static String command(List<String> words) {
        String text = String.join(" ", words).replaceAll("\\p{Cntrl}", " ");
        return text.length() <= COMMAND_WIDTH ? text : text.substring(0, COMMAND_WIDTH - 1) + "…";
    }

    static String status(Container container, Instant now) {
        return switch (container.getState()) {
            case CONTAINER_STATE_CREATED -> "Created";
            case CONTAINER_STATE_RUNNING ->
                    "Up " + HumanText.duration(HumanText.since(container.getStartedAt(), now));
            case CONTAINER_STATE_EXITED ->
                    "Exited ("
                            + container.getExit().getCode()
                            + ") "
                            + HumanText.ago(container.getFinishedAt(), now);
            case CONTAINER_STATE_UNKNOWN, UNRECOGNIZED -> "Unknown";
        };
    }

    private static String port(PortMapping port) {
        String protocol = port.getProtocol().isEmpty() ? "tcp" : port.getProtocol();
        String host = port.getHostIp().isEmpty() ? "*" : port.getHostIp();
        return host + ":" + port.getHostPort() + "->" + port.getContainerPort() + "/" + protocol;
    }
}
