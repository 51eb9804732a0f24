package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.base.error.ServiceException;
import io.gantry.linux.shim.LaunchFailedException;
import io.gantry.linux.syscall.Errno;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Each step of a start fails once, and each call to the kernel in the life of a pod. */
@Tag("privileged")
@Timeout(300)
class FaultsPrivilegedIT {

    /** Each operation so far from the last one has its turn in a start; 1: all of them. */
    private static final int STRIDE = Integer.getInteger("gantry.it.fault-stride", 3);

    private final Faults faults = Faults.none();
    private RuntimeHarness node;

    @BeforeEach
    void start() throws IOException {
        node = RuntimeHarness.startWith(faults);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        faults.stop();
        for (PodSandbox pod : node.runtime().pods().list(PodSandboxFilter.of(null))) {
            node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        }
        try {
            assertThat(node.leftovers()).isEmpty();
        } finally {
            node.close();
        }
    }

    private ContainerManager containers() {
        return node.runtime().containers();
    }

    private String created(PodSandbox pod) {
        return node.create(pod, "sleep", "600");
    }

    private void startIt(String id) {
        containers().start(id, RuntimeHarness.SOON);
    }

    private void remove(String id) {
        containers().remove(id, RuntimeHarness.SOON);
    }

    private static LaunchFailedException launchFailure(Throwable failure) {
        assertThat(failure)
                .isInstanceOf(StartFailedException.class)
                .hasCauseInstanceOf(LaunchFailedException.class);
        return (LaunchFailedException) Objects.requireNonNull(failure.getCause());
    }

    @Test
    @DisabledIfSystemProperty(
            named = "gantry.test.kernel",
            matches = "uml",
            disabledReason = "a container for each of some hundred steps takes too long there")
    void aStartThatFailsAtAnyStepNamesItAndLeavesNothing() throws IOException {
        PodSandbox pod = node.pod();
        String first = created(pod);
        startIt(first);
        int size = faults.size();
        remove(first);
        Set<String> before = node.leftovers();
        int turns = 0;
        int failures = 0;
        for (int op = 0; op < size; op += STRIDE) {
            turns++;
            String id = created(pod);
            faults.failOperation(op);
            Throwable failure = catchThrowable(() -> startIt(id));
            faults.stop();
            ContainerStatus status = containers().get(id).status();
            if (failure == null) {
                // An operation that others jump over.
                assertThat(status.state()).isEqualTo(ContainerState.RUNNING);
            } else {
                failures++;
                assertThat(launchFailure(failure).op()).isEqualTo(op);
                assertThat(status.state()).isEqualTo(ContainerState.EXITED);
                assertThat(status.reason()).isEqualTo("StartError");
                assertThat(status.exitCode()).isEqualTo(128);
                assertThat(status.message()).isEqualTo(failure.getMessage());
            }
            remove(id);
        }
        assertThat(failures).isGreaterThan(turns * 3 / 4);
        assertThat(node.leftovers()).isEqualTo(before);
        String last = created(pod);
        startIt(last);
        assertThat(containers().get(last).state()).isEqualTo(ContainerState.RUNNING);
    }

    @Test
    void aCommandThatFailsToStartAtAnyStepSaysSoAndTheContainerGoesOn() throws IOException {
        String id = node.start(node.pod(), "sleep", "600");
        exec(id);
        int size = faults.size();
        Set<String> before = node.leftovers();
        int failures = 0;
        for (int op = 0; op < size; op++) {
            faults.failOperation(op);
            Throwable failure = catchThrowable(() -> exec(id));
            faults.stop();
            if (failure != null) {
                failures++;
                assertThat(launchFailure(failure).op()).isEqualTo(op);
            }
            assertThat(node.runtime().execs().list(id)).isEmpty();
        }
        assertThat(failures).isGreaterThan(size / 2);
        assertThat(node.leftovers()).isEqualTo(before);
        assertThat(containers().get(id).state()).isEqualTo(ContainerState.RUNNING);
        exec(id);
    }

    private void exec(String id) {
        ExecResult result =
                node.runtime()
                        .execs()
                        .execSync(id, List.of("true"), Duration.ZERO, RuntimeHarness.SOON);
        assertThat(result.exitCode()).isZero();
    }

    /** A pod's life; a start that failed is final, so that another container takes its place. */
    private Map<String, ThrowingCallable> life() {
        PodSandbox[] pod = new PodSandbox[1];
        String[] id = new String[1];
        Map<String, ThrowingCallable> life = new LinkedHashMap<>();
        life.put("run", () -> pod[0] = node.pod());
        life.put("create", () -> id[0] = created(pod[0]));
        life.put(
                "start",
                () -> {
                    if (containers().get(id[0]).state() == ContainerState.EXITED) {
                        remove(id[0]);
                        id[0] = created(pod[0]);
                    }
                    startIt(id[0]);
                });
        life.put("stop", () -> containers().stop(id[0], Duration.ZERO, RuntimeHarness.SOON));
        life.put("remove", () -> remove(id[0]));
        life.put("stop pod", () -> pods().stop(pod[0].id().value(), RuntimeHarness.SOON));
        life.put("remove pod", () -> pods().remove(pod[0].id().value(), RuntimeHarness.SOON));
        return life;
    }

    private PodManager pods() {
        return node.runtime().pods();
    }

    @Test
    void aVerbWhoseCallToTheKernelFailsSaysSoAndTheNextOneSucceeds() throws IOException {
        Set<String> told = new TreeSet<>();
        boolean made = true;
        for (int call = 0; made; call++) {
            made = false;
            for (var step : life().entrySet()) {
                made |= twice(call, told, step.getKey(), step.getValue());
            }
            assertThat(node.leftovers()).as("after call %s of each verb", call).isEmpty();
        }
        assertThat(told).contains("stop pod", "remove pod");
    }

    /** Does it with a call that fails and, when that is told, again; whether the call was made. */
    private boolean twice(int call, Set<String> told, String verb, ThrowingCallable step) {
        faults.failCallAfter(call);
        Throwable failure = catchThrowable(step);
        boolean failed = faults.hasFailed();
        faults.stop();
        if (failure != null) {
            assertThat(failed).as("%s fails by itself: %s", verb, failure).isTrue();
            assertThat(failure)
                    .as(verb)
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining(Errno.EIO.text());
            told.add(verb);
            assertThat(catchThrowable(step)).as("%s again", verb).isNull();
        }
        return failed;
    }
}
