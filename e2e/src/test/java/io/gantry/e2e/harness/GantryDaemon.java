package io.gantry.e2e.harness;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The packaged daemon on directories of its own. One thread starts, stops or kills it, again and
 * again on the same directories; others may make calls meanwhile.
 */
public final class GantryDaemon implements AutoCloseable {

    private final Path home;
    private final Setup setup;
    private Process process;
    private volatile Cri cri;

    /**
     * What a daemon is started with.
     *
     * @param registry that it may pull from
     * @param network namespace that it lives in
     * @param cni further lines of the table of that name; $HOME in them is the daemon's own
     * @param handlers OCI runtimes that pods may ask for by name, besides that of the run
     */
    public record Setup(
            Registry registry, NetworkNamespace network, String cni, List<String> handlers) {

        /** One with no further lines. */
        public Setup(Registry registry, NetworkNamespace network) {
            this(registry, network, "", List.of());
        }
    }

    /** One that is not started yet, with everything of its below {@code home}, a short path. */
    public GantryDaemon(Path home, Setup setup) {
        this.home = home;
        this.setup = setup;
        Path hosts = home.resolve("certs.d").resolve(setup.registry.host());
        try {
            Files.createDirectories(hosts);
            Files.createDirectories(cniConfig());
            Files.writeString(
                    hosts.resolve("hosts.toml"),
                    "server = \"http://%s\"\n".formatted(setup.registry.host()));
            Files.writeString(
                    config(),
                    """
                    root = "%s"
                    state = "%s"
                    socket = "%s"
                    [registry]
                    config_path = ["%s"]
                    [cni]
                    conf_dir = "%s"
                    %s
                    [runtime]
                    cdi_spec_dirs = ["%s"]
                    [log]
                    level = "debug"
                    """
                                    .formatted(
                                            root(),
                                            state(),
                                            socket(),
                                            home.resolve("certs.d"),
                                            cniConfig(),
                                            setup.cni.replace("$HOME", home.toString()),
                                            cdiSpecs())
                            + Handler.config(setup.handlers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the build left the program. */
    public static Path tree() {
        String given = System.getProperty("gantry.tree", "../cri-server/target/gantry");
        Path tree = Path.of(given).toAbsolutePath().normalize();
        if (!Files.isExecutable(tree.resolve("bin/gantryd"))) {
            throw new IllegalStateException(
                    tree + " has no bin/gantryd: make build, or set the property gantry.tree");
        }
        return tree;
    }

    /** What is kept. */
    public Path root() {
        return home.resolve("lib");
    }

    /** What a reboot clears. */
    public Path state() {
        return home.resolve("run");
    }

    public Path socket() {
        return home.resolve("gantry.sock");
    }

    public Path config() {
        return home.resolve("config.toml");
    }

    /** Where it looks for networks; empty unless a scenario writes one. */
    public Path cniConfig() {
        return home.resolve("cni");
    }

    /** Where it looks for devices of vendors; missing unless a scenario describes one. */
    public Path cdiSpecs() {
        return home.resolve("cdi");
    }

    public NetworkNamespace network() {
        return setup.network;
    }

    /** The control group that those of its pods are in, unless a client places them. */
    public String cgroupParent() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(root().toString().getBytes(StandardCharsets.UTF_8));
            return "/gantry-" + HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts it and waits until it serves. */
    public GantryDaemon start() {
        spawn();
        awaitReady();
        return this;
    }

    /** Starts it, ready or not. */
    public void spawn() {
        spawn(Map.of());
    }

    /** Starts it, ready or not, with further variables in its environment. */
    public void spawn(Map<String, String> environment) {
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(
                                    setup.network.enter(
                                            tree().resolve("bin/gantryd").toString(),
                                            "--config",
                                            config().toString()))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cri = new Cri(socket(), this::threads);
    }

    /** Waits until a daemon that was spawned serves. */
    public void awaitReady() {
        Await.until(
                () -> "gantryd ready:\n%s\n%s".formatted(logTail(), threads()),
                Await.seconds(60),
                this::isServing);
    }

    /** The calls of the running one. */
    public Cri cri() {
        return cri;
    }

    /** The packaged client, pointed at it. */
    public Client client() {
        return new Client(socket());
    }

    public long pid() {
        return process.pid();
    }

    /** Asks it to end, for one who watches how it does; {@link #stop} has to follow. */
    public void signalEnd() {
        process.destroy();
    }

    /** Asks it to end; pods go on. Returns its exit code. */
    public int stop() {
        cri.close();
        process.destroy();
        try {
            if (!process.waitFor(Await.seconds(60).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("gantryd does not end:\n" + logTail());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return process.exitValue();
    }

    /** kill -9, before it could see a client go. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
        cri.close();
    }

    /** The pids of the supervisors of its pods: what has a socket of theirs as an argument. */
    public List<String> shims() {
        String socket = state().resolve("shim") + "/";
        List<String> shims = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : all) {
                if (Texts.read(process.resolve("cmdline")).contains(socket)) {
                    shims.add(process.getFileName().toString());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shims;
    }

    /** Waits until a supervisor has been sent a request that it, being stopped, does not take. */
    public void awaitRequestAtShim() {
        String socket = " " + state().resolve("shim") + "/";
        Await.until(
                "request at a stopped shim",
                Await.seconds(60),
                () ->
                        Command.of("ss", "-xH")
                                .run()
                                .orThrow()
                                .lines()
                                .filter(line -> line.contains(socket))
                                .map(line -> line.strip().split("\\s+"))
                                .anyMatch(w -> w[1].equals("ESTAB") && !w[2].equals("0")));
    }

    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    public Path log() {
        return home.resolve("gantryd.log");
    }

    /** The end of what it had to say. */
    public String logTail() {
        return Texts.tail(log());
    }

    /**
     * What its threads are at, a line each, for a failure to tell: asked for by SIGUSR1, and never
     * a failure itself.
     */
    public String threads() {
        if (!isAlive()) {
            return "gantryd has ended";
        }
        int before = dumps().size();
        Command.of("kill", "-USR1", Long.toString(pid())).run();
        try {
            Await.until("threads of gantryd", Await.seconds(10), () -> dumps().size() > before);
        } catch (AssertionError e) {
            return e.getMessage();
        }
        Path dump = dumps().getLast();
        String threads = ThreadDump.of(dump).atWork();
        Texts.delete(dump);
        return threads;
    }

    /** Files with threads that its log tells of, which it does when they are whole. */
    private List<Path> dumps() {
        return Texts.read(log())
                .lines()
                .filter(line -> line.contains("threads written down"))
                .map(line -> Path.of(line.substring(line.indexOf("file=") + "file=".length())))
                .toList();
    }

    /** Removes pods and containers of any owner, over the API. */
    public void removeEverything() {
        cri.ownContainers().forEach(cri::removeOwnContainer);
        cri.pods().forEach(pod -> cri.removePod(pod.getId()));
    }

    @Override
    public void close() {
        if (isAlive()) {
            stop();
        }
    }

    private boolean isServing() {
        if (!process.isAlive()) {
            // Not to be waited for any longer.
            throw new AssertionError(
                    "gantryd has ended with %d:%n%s".formatted(process.exitValue(), logTail()));
        }
        return cri.health().check(HealthCheckRequest.getDefaultInstance()).getStatus()
                == ServingStatus.SERVING;
    }
}
