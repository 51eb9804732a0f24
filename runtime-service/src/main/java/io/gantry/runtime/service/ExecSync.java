package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.linux.shim.ShimGoneException;
import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs a command and collects what it writes. */
final class ExecSync {

    /** Of each stream; what is beyond is dropped, as a client could not receive it. */
    static final int OUTPUT_CAP = 16 * 1024 * 1024;

    /** How long a killed command may take to vanish. */
    private static final Duration DYING = Duration.ofSeconds(2);

    /** Nobody has set a limit who waits for longer. */
    private static final Duration FOREVER = Duration.ofDays(365);

    private final StartExec startExec;
    private final Clock clock;

    ExecSync(StartExec startExec, Clock clock) {
        this.startExec = startExec;
        this.clock = clock;
    }

    ExecResult run(String container, List<String> command, Duration timeout, Deadline deadline) {
        Deadline limit = limit(timeout, deadline);
        StartExec.Started exec =
                start(ExecRequest.of(container, command, false, false), limit.remaining());
        try {
            return collect(exec, command, limit);
        } finally {
            startExec.finish(exec);
        }
    }

    private StartExec.Started start(ExecRequest request, Duration time) {
        return time.compareTo(FOREVER) > 0
                ? startExec.start(request)
                : startExec.start(request, clock.now().plus(time));
    }

    private Deadline limit(Duration timeout, Deadline deadline) {
        Duration remaining = deadline.remaining();
        boolean own = timeout.isPositive() && timeout.compareTo(remaining) < 0;
        return Deadline.after(own ? timeout : remaining, clock);
    }

    private ExecResult collect(StartExec.Started exec, List<String> command, Deadline limit) {
        Output stdout = new Output();
        Output stderr = new Output();
        try (Watchdog watchdog = new Watchdog(exec, limit)) {
            int exitCode = pump(exec.stream(), watchdog, stdout, stderr);
            if (watchdog.barked()) {
                throw new DeadlineExceededException(
                        "command " + command + " did not end in time and was killed");
            }
            watchdog.commandEnded();
            return new ExecResult(exitCode, stdout.bytes(), stderr.bytes());
        } catch (IOException e) {
            throw Failures.of("execute " + command.get(0), e);
        }
    }

    private static int pump(ShimStream stream, Watchdog watchdog, Output stdout, Output stderr)
            throws IOException {
        try {
            while (true) {
                switch (stream.next().orElse(null)) {
                    case null -> throw new ShimGoneException("the pod's shim has ended", null);
                    case ShimStream.Output output ->
                            (output.fd() == 1 ? stdout : stderr).add(output.bytes());
                    case ShimStream.Exited exited -> {
                        return exited.entry().exitCode();
                    }
                }
            }
        } catch (IOException e) {
            // Given up because it was out of time: that is what the caller has to hear.
            if (watchdog.barked()) {
                return -1;
            }
            throw e;
        }
    }

    /** What was written to one stream. */
    private static final class Output {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        void add(byte[] bytes) {
            kept.write(bytes, 0, Math.min(bytes.length, OUTPUT_CAP - kept.size()));
        }

        byte[] bytes() {
            return kept.toByteArray();
        }
    }

    /**
     * Kills the command when its time is over or nobody waits for it any more, and gives its stream
     * up when that does not help.
     */
    private static final class Watchdog implements AutoCloseable {

        private final CountDownLatch waitIsOver = new CountDownLatch(1);
        private final StartExec.Started exec;
        private volatile boolean ended;
        private volatile boolean barked;

        Watchdog(StartExec.Started exec, Deadline limit) {
            this.exec = exec;
            Tasks.start("exec-timeout-" + exec.id(), () -> watch(limit));
        }

        boolean barked() {
            return barked;
        }

        void commandEnded() {
            ended = true;
        }

        private void watch(Deadline limit) {
            try {
                boolean over = waitIsOver.await(limit.remaining().toNanos(), TimeUnit.NANOSECONDS);
                if (over && ended) {
                    return;
                }
                barked = true;
                exec.kill();
                if (!waitIsOver.await(DYING.toNanos(), TimeUnit.NANOSECONDS)) {
                    exec.stream().close();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            waitIsOver.countDown();
        }
    }
}
