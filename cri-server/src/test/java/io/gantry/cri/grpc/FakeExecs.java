package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.service.ExecManager;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Commands that do what the test says. */
final class FakeExecs implements ExecManager {

    /** A command that does not end by itself. */
    static final String SLEEP = "sleep";

    final CountDownLatch sleeping = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);
    volatile boolean silent;
    private final List<ExecRequest> requests = new ArrayList<>();
    private final List<FakeStream> streams = new ArrayList<>();

    synchronized void willStream(FakeStream stream) {
        streams.add(stream);
    }

    synchronized List<ExecRequest> requests() {
        return List.copyOf(requests);
    }

    @Override
    public ExecResult execSync(
            String container, List<String> command, Duration timeout, Deadline deadline) {
        if (command.getFirst().equals(SLEEP)) {
            sleep();
        }
        return new ExecResult(
                3,
                String.join(" ", command).getBytes(StandardCharsets.UTF_8),
                ("timeout " + timeout.toSeconds()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public synchronized ProcessStream exec(ExecRequest request) {
        requests.add(request);
        return streams.removeFirst();
    }

    @Override
    public synchronized ProcessStream attach(String container, boolean stdin, boolean output) {
        return streams.removeFirst();
    }

    @Override
    public List<ExecInfo> list(String container) {
        if (silent) {
            throw new io.gantry.base.error.UnavailableException("the shim does not answer");
        }
        return List.of(new ExecInfo("exec-1", 99, FakePods.CREATED));
    }

    private void sleep() {
        sleeping.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new io.gantry.base.error.UnavailableException("interrupted", e);
        }
    }

    @Override
    public void leave() {
        // Nothing runs here.
    }
}
