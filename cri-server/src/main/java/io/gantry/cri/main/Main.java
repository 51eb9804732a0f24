package io.gantry.cri.main;

import io.gantry.base.Clock;
import io.gantry.base.Signals;
import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.config.ConfigException;
import io.gantry.cri.config.ConfigLoader;
import io.gantry.cri.config.ConfigLoader.Flags;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.logging.Logging;
import io.gantry.cri.wiring.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;

/** {@code gantryd}. */
public final class Main {

    /** As sysexits(3) numbers them. */
    private static final int OK = 0;

    private static final int FAILED = 1;
    private static final int USAGE = 64;
    private static final int NOT_PERMITTED = 77;
    private static final int CONFIG = 78;

    private static final String SHIM = "libexec/gantry-shim";

    private static final String CARRIERS = "jdk.virtualThreadScheduler.parallelism";
    private static final int FEWEST_CARRIERS = 4;

    private Main() {}

    /** Runs the daemon until it is told to end. */
    public static void main(String[] args) {
        provideCarriers();
        System.exit(run(args));
    }

    /**
     * A virtual thread that loads or initializes a class, or is in the kernel, keeps its carrier,
     * and the JDK has one for each processor. Where those are one or two, all could be kept by
     * threads that wait for one that then finds none (JDK-8369238). To be said before the first
     * virtual thread.
     */
    private static void provideCarriers() {
        if (System.getProperty(CARRIERS) == null
                && Runtime.getRuntime().availableProcessors() < FEWEST_CARRIERS) {
            System.setProperty(CARRIERS, Integer.toString(FEWEST_CARRIERS));
        }
    }

    private static int run(String... args) {
        DaemonCommand command = new DaemonCommand(version());
        try {
            Optional<Flags> flags = command.parse(args);
            if (flags.isEmpty()) {
                return OK;
            }
            requireRoot();
            CriServerConfig config = ConfigLoader.load(flags.get());
            Logging.configure(config.log());
            serve(config, flags.get());
            return OK;
        } catch (ParameterException e) {
            command.complain(e);
            return USAGE;
        } catch (ConfigException e) {
            command.complain(e);
            return CONFIG;
        } catch (NotRootException e) {
            command.complain(e);
            return NOT_PERMITTED;
        } catch (ServiceException | IOException e) {
            // What a person can mend is one line; the stack is for those who ask.
            log().atDebug().setCause(e).log("start failed");
            command.complain(e);
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    /** Comes back only by an exception: the end of the process is the shutdown hook's. */
    private static void serve(CriServerConfig config, Flags flags)
            throws IOException, InterruptedException {
        Daemon daemon = new Daemon(config, home().resolve(SHIM), version(), Clock.SYSTEM);
        CountDownLatch never = new CountDownLatch(1);
        // Before the start: the default of these signals is to end the process.
        Signals.handle("HUP", number -> reload(daemon, flags));
        ThreadDumps dumps = new ThreadDumps(config.state(), Clock.SYSTEM);
        Signals.handle("USR1", number -> dumps.write());
        daemon.start();
        Tasks.atShutdown(
                "shutdown",
                () -> {
                    daemon.stop();
                    // Without this, a JVM that was told to end reports the signal as its failure.
                    Runtime.getRuntime().halt(OK);
                });
        never.await();
    }

    /** A configuration that cannot be read, or does not work, changes nothing. */
    private static void reload(Daemon daemon, Flags flags) {
        try {
            CriServerConfig next = ConfigLoader.load(flags);
            List<String> restart = daemon.reload(next);
            Logging.configure(next.log());
            log().atInfo().addKeyValue("needRestart", restart).log("configuration read again");
        } catch (ConfigException e) {
            log().atError()
                    .addKeyValue("reason", e.getMessage())
                    .log("configuration refused, the old one stays");
        }
    }

    private static void requireRoot() throws IOException {
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!uid.equals(0)) {
            throw new NotRootException();
        }
    }

    /** Where Gantry is installed: the launcher says so, or else two levels above the jar. */
    private static Path home() {
        String home = System.getProperty("gantry.home");
        if (home != null) {
            return Path.of(home);
        }
        Path jar =
                Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        return jar.resolve("../..").normalize();
    }

    /** As the jar's manifest says. */
    private static String version() {
        return Objects.requireNonNullElse(
                Main.class.getPackage().getImplementationVersion(), "0.0.0-development");
    }

    /** Not a field: the first use of logging costs, and --version needs none. */
    private static Logger log() {
        return LoggerFactory.getLogger(Main.class);
    }

    private static final class NotRootException extends IOException {
        private static final long serialVersionUID = 1L;

        NotRootException() {
            super("it must run as root, for it makes namespaces, mounts and cgroups: try sudo");
        }
    }
}
