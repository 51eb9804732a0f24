package io.gantry.cli;

import io.gantry.base.Clock;
import io.gantry.proto.engine.ListPodsRequest;
import io.gantry.proto.engine.Pod;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "pods", description = "List pods.")
final class PodsCommand extends GantrySubcommand {

    @Mixin private final OutputOptions output = new OutputOptions();
    @Mixin private final OwnerOption owner = new OwnerOption();

    PodsCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        List<Pod> pods =
                engine().listPods(ListPodsRequest.newBuilder().setOwner(owner.owner()).build())
                        .getPodsList();
        if (output.json()) {
            OutputOptions.printJson(streams(), pods);
        } else if (output.quiet()) {
            pods.forEach(pod -> streams().out().println(output.id(pod.getId())));
        } else {
            table(pods, Clock.SYSTEM.now()).print(streams().out());
        }
        return ExitCodes.OK;
    }

    private Table table(List<Pod> pods, Instant now) {
        Table table =
                new Table(
                        "POD ID",
                        "OWNER",
                        "NAMESPACE",
                        "NAME",
                        "STATE",
                        "CREATED",
                        "CONTAINERS",
                        "IPS");
        for (Pod pod : pods) {
            table.add(
                    output.id(pod.getId()),
                    OwnerOption.nameOf(pod.getOwner()),
                    pod.getPodNamespace(),
                    pod.getName(),
                    pod.getReady() ? "Ready" : "NotReady",
                    HumanText.ago(pod.getCreatedAt(), now),
                    Integer.toString(pod.getContainers()),
                    String.join(",", pod.getIpsList()));
        }
        return table;
    }
}
