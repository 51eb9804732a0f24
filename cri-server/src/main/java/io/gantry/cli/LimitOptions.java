package io.gantry.cli;

import io.gantry.proto.engine.Limits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a container may use. */
final class LimitOptions {

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "BYTES",
            description = "Memory, as 512m or 1g.")
    private @Nullable String memory;

    @Option(names = "--cpus", paramLabel = "N", description = "Processors, as 1.5.")
    private @Nullable String cpus;

    @Option(
            names = {"-c", "--cpu-shares"},
            paramLabel = "N",
            description = "Relative weight; 1024 is the usual one.")
    private @Nullable String shares;

    @Option(names = "--pids-limit", paramLabel = "N", description = "Processes and threads.")
    private @Nullable String pids;

    Limits toLimits() {
        Limits.Builder limits = Limits.newBuilder();
        if (memory != null) {
            limits.setMemoryBytes(Quantities.parseBytes("--memory", memory));
        }
        if (cpus != null) {
            limits.setCpuMillis(Quantities.parseCpuMillis("--cpus", cpus));
        }
        if (shares != null) {
            limits.setCpuShares(Quantities.parseCount("--cpu-shares", shares));
        }
        if (pids != null) {
            limits.setPids(Quantities.parseCount("--pids-limit", pids));
        }
        return limits.build();
    }
}
