package io.gantry.cli;

import io.gantry.proto.build.Network;
import io.gantry.proto.build.RunOptions;
import io.gantry.proto.build.Ulimit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the commands of a build are executed. */
final class BuildRunOptions {

    @Option(
            names = "--network",
            paramLabel = "NETWORK",
            description = "Of RUN: default, none or host.")
    private String network = "default";

    @Option(
            names = "--add-host",
            paramLabel = "NAME:ADDRESS",
            description = "A further line of /etc/hosts.")
    private List<String> hosts = List.of();

    @Option(names = "--shm-size", paramLabel = "BYTES", description = "Size of /dev/shm.")
    private @Nullable String shm;

    @Option(
            names = "--ulimit",
            paramLabel = "NAME=SOFT[:HARD]",
            description = "A limit of each process.")
    private List<String> ulimits = List.of();

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "BYTES",
            description = "Memory of each command.")
    private @Nullable String memory;

    @Option(
            names = "--memory-swap",
            paramLabel = "BYTES",
            description = "Memory and swap together; -1: any amount.")
    private @Nullable String swap;

    @Option(
            names = {"-c", "--cpu-shares"},
            paramLabel = "N",
            description = "Relative weight.")
    private long shares;

    @Option(names = "--cpu-period", paramLabel = "MICROS", description = "Of the CPU quota.")
    private long period;

    @Option(names = "--cpu-quota", paramLabel = "MICROS", description = "CPU time per period.")
    private long quota;

    @Option(names = "--cpuset-cpus", paramLabel = "LIST", description = "As 0-3,7.")
    private String cpus = "";

    @Option(names = "--cpuset-mems", paramLabel = "LIST", description = "Memory nodes.")
    private String mems = "";

    @Option(
            names = "--allow",
            paramLabel = "WHAT",
            split = ",",
            description = "What RUN may ask for: network.host, security.insecure.")
    private List<String> allowed = List.of();

    RunOptions toProto() {
        RunOptions.Builder run =
                RunOptions.newBuilder()
                        .setCpuShares(shares)
                        .setCpuPeriod(period)
                        .setCpuQuota(quota)
                        .setCpusetCpus(cpus)
                        .setCpusetMems(mems);
        switch (network) {
            case "default", "bridge" -> run.setNetwork(Network.NETWORK_DEFAULT);
            case "none" -> run.setNetwork(Network.NETWORK_NONE);
            case "host" -> run.setNetwork(Network.NETWORK_HOST).setAllowHostNetwork(true);
            default ->
                    throw new UsageException(
                            "--network: '" + network + "' is not default, none or host");
        }
        hosts.forEach(each -> host(each, run));
        ulimits.forEach(each -> run.addUlimits(ulimit(each)));
        if (shm != null) {
            run.setSharedMemoryBytes(Quantities.parseBytes("--shm-size", shm));
        }
        if (memory != null) {
            run.setMemoryBytes(Quantities.parseBytes("--memory", memory));
        }
        if (swap != null) {
            run.setMemorySwapBytes(
                    swap.equals("-1") ? -1 : Quantities.parseBytes("--memory-swap", swap));
        }
        allowed.forEach(each -> allow(each, run));
        return run.build();
    }

    private static void allow(String what, RunOptions.Builder run) {
        switch (what) {
            case "network.host" -> run.setAllowHostNetwork(true);
            case "security.insecure" -> run.setAllowInsecure(true);
            default ->
                    throw new UsageException(
                            "--allow: '" + what + "' is not network.host or security.insecure");
        }
    }

    private static void host(String text, RunOptions.Builder run) {
        int equals = text.indexOf('=');
        int at = equals >= 0 ? equals : text.indexOf(':');
        if (at <= 0 || at == text.length() - 1) {
            throw new UsageException("--add-host: '" + text + "' is not NAME:ADDRESS");
        }
        String address = text.substring(at + 1);
        if (!address.matches("[0-9a-fA-F.:\\[\\]]+")) {
            throw new UsageException("--add-host: '" + address + "' is no IP address");
        }
        run.putHosts(text.substring(0, at), address.replaceAll("[\\[\\]]", ""));
    }

    private static Ulimit ulimit(String text) {
        int equals = text.indexOf('=');
        if (equals <= 0) {
            throw new UsageException("--ulimit: '" + text + "' is not NAME=SOFT[:HARD]");
        }
        String[] values = text.substring(equals + 1).split(":", 2);
        return Ulimit.newBuilder()
                .setName(text.substring(0, equals))
                .setSoft(limit(text, values[0]))
                .setHard(limit(text, values[values.length - 1]))
                .build();
    }

    private static long limit(String text, String value) {
        return value.equals("-1") || value.equals("unlimited")
                ? -1
                : Quantities.parseCount("--ulimit " + text, value);
    }
}
