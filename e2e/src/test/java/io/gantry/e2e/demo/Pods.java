package io.gantry.e2e.demo;

import com.google.protobuf.ByteString;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the demonstration does as a kubelet would: pods of one container each, over the CRI of the
 * socket that GANTRY_HOST names. A pod and its container have one name.
 *
 * <pre>
 * run LOGS NAME IMAGE [VARIABLE=VALUE…]   makes and starts one; prints its address
 * exec NAME WORD…                         prints what the command prints, and ends as it does
 * list                                    one line a pod: name, state, address, image
 * stop NAME SECONDS                       stops the container; prints its state and exit code
 * remove [NAME…]                          removes pods, or all
 * images                                  prints the names that the CRI knows
 * </pre>
 */
final class Pods {

    private static final String SCHEME = "unix://";

    private final Cri cri;
    private final PrintStream out;

    private Pods(Cri cri, PrintStream out) {
        this.cri = cri;
        this.out = out;
    }

    public static void main(String[] arguments) {
        String host = System.getenv().getOrDefault("GANTRY_HOST", "");
        if (!host.startsWith(SCHEME) || arguments.length == 0) {
            System.err.println("pods: GANTRY_HOST must be unix:///PATH, and a verb be given");
            System.exit(2);
        }
        List<String> words = Arrays.asList(arguments).subList(1, arguments.length);
        int code;
        try (Cri cri = new Cri(Path.of(host.substring(SCHEME.length())))) {
            code = new Pods(cri, System.out).perform(arguments[0], words);
        }
        System.out.flush();
        System.exit(code);
    }

    private int perform(String verb, List<String> words) {
        switch (verb) {
            case "run" -> run(Path.of(words.get(0)), words.get(1), words.subList(2, words.size()));
            case "exec" -> {
                return exec(words.get(0), words.subList(1, words.size()));
            }
            case "list" -> list();
            case "stop" -> stop(words.get(0), Long.parseLong(words.get(1)));
            case "remove" -> remove(words);
            case "images" ->
                    cri.imageList().forEach(each -> each.getRepoTagsList().forEach(out::println));
            default -> throw new IllegalArgumentException("no such verb: " + verb);
        }
        return 0;
    }

    private void run(Path logs, String name, List<String> imageAndVariables) {
        PodSandboxConfig pod = Requests.pod(name, logs).build();
        ContainerConfig.Builder container = Requests.container(name, imageAndVariables.getFirst());
        for (String each : imageAndVariables.subList(1, imageAndVariables.size())) {
            String[] parts = each.split("=", 2);
            container.addEnvs(
                    KeyValue.newBuilder()
                            .setKey(parts[0])
                            .setValue(ByteString.copyFromUtf8(parts[1])));
        }
        String sandbox = cri.runPod(pod);
        cri.start(cri.create(sandbox, pod, container.build()));
        out.println(cri.podStatus(sandbox).getNetwork().getIp());
    }

    private int exec(String name, List<String> command) {
        ExecSyncResponse done = cri.exec(container(name).getId(), command.toArray(String[]::new));
        out.write(done.getStdout().toByteArray(), 0, done.getStdout().size());
        System.err.write(done.getStderr().toByteArray(), 0, done.getStderr().size());
        return done.getExitCode();
    }

    private void list() {
        List<String> lines = new ArrayList<>();
        for (PodSandbox pod : cri.pods()) {
            String name = pod.getMetadata().getName();
            ContainerStatus status = cri.status(container(name).getId());
            lines.add(
                    "%-10s %-9s %-12s %s"
                            .formatted(
                                    name,
                                    word(status.getState()),
                                    cri.podStatus(pod.getId()).getNetwork().getIp(),
                                    status.getImage().getImage()));
        }
        lines.stream().sorted().forEach(out::println);
    }

    private void stop(String name, long seconds) {
        String container = container(name).getId();
        cri.stop(container, seconds);
        ContainerStatus status = cri.status(container);
        out.println(name + " " + word(status.getState()) + " " + status.getExitCode());
    }

    private void remove(List<String> names) {
        for (PodSandbox pod : cri.pods()) {
            if (names.isEmpty() || names.contains(pod.getMetadata().getName())) {
                cri.stopPod(pod.getId());
                cri.removePod(pod.getId());
                out.println(pod.getMetadata().getName());
            }
        }
    }

    private Container container(String name) {
        return cri.containers().stream()
                .filter(each -> each.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no container is named " + name));
    }

    private static String word(ContainerState state) {
        return state.name().substring("CONTAINER_".length()).toLowerCase(Locale.ROOT);
    }
}
