package io.gantry.runtime.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PodSandboxStatusTest {

    private static final PodNetworkStatus ADDRESS = new PodNetworkStatus(List.of("10.0.0.2"));

    private static final Map<String, UnaryOperator<PodSandboxStatus>> VERBS =
            Map.of(
                    "launched", status -> status.launched(new ShimProcess(7, 8)),
                    "attaching", PodSandboxStatus::attaching,
                    "ready", status -> status.ready(ADDRESS),
                    "notReady", status -> status.notReady("why"),
                    "stopped", PodSandboxStatus::stopped);

    private static PodSandboxStatus in(PodSandboxState state) {
        PodSandboxStatus creating = PodSandboxStatus.creating();
        return switch (state) {
            case CREATING -> creating;
            case READY -> creating.launched(new ShimProcess(1, 2)).attaching().ready(ADDRESS);
            case NOTREADY -> creating.ready(ADDRESS).notReady("before");
        };
    }

    /** Every state and verb; an empty result is a refusal. */
    static Stream<Arguments> transitions() {
        return Stream.of(
                Arguments.of("CREATING", "launched", "CREATING"),
                Arguments.of("CREATING", "attaching", "CREATING"),
                Arguments.of("CREATING", "ready", "READY"),
                Arguments.of("CREATING", "notReady", "NOTREADY"),
                Arguments.of("CREATING", "stopped", "NOTREADY"),
                Arguments.of("READY", "launched", ""),
                Arguments.of("READY", "attaching", ""),
                Arguments.of("READY", "ready", ""),
                Arguments.of("READY", "notReady", "NOTREADY"),
                Arguments.of("READY", "stopped", "NOTREADY"),
                Arguments.of("NOTREADY", "launched", ""),
                Arguments.of("NOTREADY", "attaching", ""),
                Arguments.of("NOTREADY", "ready", ""),
                Arguments.of("NOTREADY", "notReady", "NOTREADY"),
                Arguments.of("NOTREADY", "stopped", "NOTREADY"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("transitions")
    void verbLeadsFromEachStateToOneOrIsRefused(String from, String verb, String to) {
        PodSandboxStatus before = in(PodSandboxState.valueOf(from));
        UnaryOperator<PodSandboxStatus> apply = Objects.requireNonNull(VERBS.get(verb));
        if (to.isEmpty()) {
            assertThatThrownBy(() -> apply.apply(before))
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageContaining(from);
        } else {
            assertThat(apply.apply(before).state()).isEqualTo(PodSandboxState.valueOf(to));
        }
    }

    @Test
    void firstReasonStays() {
        assertThat(in(PodSandboxState.NOTREADY).notReady("later").reason()).isEqualTo("before");
    }

    @Test
    void stoppedPodHoldsNothing() {
        PodSandboxStatus stopped = in(PodSandboxState.READY).stopped();
        assertThat(stopped.network().ips()).isEmpty();
        assertThat(stopped.networkAttached()).isFalse();
        assertThat(stopped.shim()).isNull();
    }
}
