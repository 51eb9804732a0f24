package io.gantry.cli;

import io.gantry.proto.engine.Feature;
import io.gantry.proto.engine.InfoRequest;
import io.gantry.proto.engine.InfoResponse;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "info", description = "Show what the node can do and what is on it.")
final class InfoCommand extends GantrySubcommand {

    @Mixin private final OutputOptions output = new OutputOptions();

    InfoCommand(GantryCommand root) {
        super(root);
    }

    @Override
    public Integer call() {
        InfoResponse info = engine().info(InfoRequest.getDefaultInstance());
        if (output.json()) {
            streams().out().println(JsonText.of(info));
        } else {
            print(info, streams().out());
        }
        return ExitCodes.OK;
    }

    private static void print(InfoResponse info, PrintStream out) {
        line(out, "Gantry", info.getVersion());
        line(out, "Operating system", info.getOperatingSystem());
        line(out, "Kernel", info.getKernel() + " " + info.getArchitecture());
        line(out, "Processors", Integer.toString(info.getCpus()));
        line(out, "Memory", HumanText.size(info.getMemoryBytes()));
        line(out, "Cgroups", info.getCgroupVersion() + ", driver " + info.getCgroupDriver());
        line(out, "Storage", info.getStorageDriver());
        line(out, "Root directory", info.getRoot());
        line(out, "State directory", info.getState());
        line(out, "Socket", info.getSocket());
        line(out, "Registries", String.join(":", info.getRegistryConfigPathsList()));
        line(out, "CNI configuration", info.getCniConfDir());
        line(out, "Network", info.getNetworkReady() ? "ready" : info.getNetworkMessage());
        line(out, "Containers", info.getContainers() + ", running " + info.getContainersRunning());
        line(out, "Pods", Integer.toString(info.getPods()));
        line(out, "Images", Integer.toString(info.getImages()));
        line(out, "Daemon", "pid " + info.getPid());
        out.println("Features:");
        info.getFeaturesList().forEach(feature -> out.println(feature(feature)));
    }

    private static String feature(Feature feature) {
        String note = feature.getNote().isEmpty() ? "" : " (" + feature.getNote() + ")";
        return "  " + feature.getName() + ": " + (feature.getAvailable() ? "yes" : "no") + note;
    }

    private static void line(PrintStream out, String name, String value) {
        out.println((name + ":").concat(" ".repeat(Math.max(1, 20 - name.length()))) + value);
    }
}
