package io.gantry.cri.main;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import io.gantry.base.Clock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every thread of the daemon is at, virtual ones included, for whoever wonders why a call does
 * not come back. The JVM's own dump at SIGQUIT leaves out virtual threads that wait, and those are
 * the calls.
 */
final class ThreadDumps {

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Path directory;
    private final Clock clock;

    /** Files go into {@code directory}, which is there. */
    ThreadDumps(Path directory, Clock clock) {
        this.directory = directory.toAbsolutePath();
        this.clock = clock;
    }

    /** Writes one file and tells in the log where it is; what goes wrong is told there as well. */
    void write() {
        Logger log = LoggerFactory.getLogger(ThreadDumps.class);
        Path file = directory.resolve("threads-" + STAMP.format(clock.now()) + ".txt");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
            log.atInfo().addKeyValue("file", file).log("threads written down");
        } catch (IOException e) {
            log.atError().setCause(e).addKeyValue("file", file).log("threads not written down");
        }
    }
}
