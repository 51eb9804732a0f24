package io.gantry.runtime.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ContainerStatusTest {

    private static final Instant NOW = Instant.ofEpochSecond(5);

    private static final Map<String, UnaryOperator<ContainerStatus>> VERBS =
            Map.of(
                    "created", ContainerStatus::created,
                    "started", status -> status.started(42, NOW),
                    "startFailed", status -> status.startFailed(NOW, "no such file"),
                    "exited", status -> status.exited(0, NOW, false),
                    "lost", status -> status.lost(NOW, "gone"));

    private static ContainerStatus in(ContainerState state) {
        ContainerStatus creating = ContainerStatus.creating();
        return switch (state) {
            case CREATING -> creating;
            case CREATED -> creating.created();
            case RUNNING -> creating.created().started(1, NOW);
            case EXITED -> creating.created().started(1, NOW).exited(3, NOW, false);
        };
    }

    /** Every state and verb; an empty result is a refusal. */
    static Stream<Arguments> transitions() {
        return Stream.of(
                Arguments.of("CREATING", "created", "CREATED"),
                Arguments.of("CREATING", "started", ""),
                Arguments.of("CREATING", "startFailed", ""),
                Arguments.of("CREATING", "exited", ""),
                Arguments.of("CREATING", "lost", "EXITED"),
                Arguments.of("CREATED", "created", ""),
                Arguments.of("CREATED", "started", "RUNNING"),
                Arguments.of("CREATED", "startFailed", "EXITED"),
                Arguments.of("CREATED", "exited", ""),
                Arguments.of("CREATED", "lost", "EXITED"),
                Arguments.of("RUNNING", "created", ""),
                Arguments.of("RUNNING", "started", ""),
                Arguments.of("RUNNING", "startFailed", ""),
                Arguments.of("RUNNING", "exited", "EXITED"),
                Arguments.of("RUNNING", "lost", "EXITED"),
                Arguments.of("EXITED", "created", ""),
                Arguments.of("EXITED", "started", ""),
                Arguments.of("EXITED", "startFailed", ""),
                Arguments.of("EXITED", "exited", ""),
                Arguments.of("EXITED", "lost", "EXITED"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("transitions")
    void verbLeadsFromEachStateToOneOrIsRefused(String from, String verb, String to) {
        ContainerStatus before = in(ContainerState.valueOf(from));
        UnaryOperator<ContainerStatus> apply = Objects.requireNonNull(VERBS.get(verb));
        if (to.isEmpty()) {
            assertThatThrownBy(() -> apply.apply(before))
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageContaining(from);
        } else {
            assertThat(apply.apply(before).state()).isEqualTo(ContainerState.valueOf(to));
        }
    }

    static Stream<Arguments> ends() {
        ContainerStatus running = in(ContainerState.RUNNING);
        return Stream.of(
                Arguments.of(running.exited(0, NOW, false), 0, "Completed"),
                Arguments.of(running.exited(1, NOW, false), 1, "Error"),
                Arguments.of(running.exited(137, NOW, false), 137, "Error"),
                Arguments.of(running.exited(137, NOW, true), 137, "OOMKilled"),
                Arguments.of(running.lost(NOW, "gone"), 255, "Unknown"),
                Arguments.of(in(ContainerState.CREATED).startFailed(NOW, "why"), 128, "StartError"),
                Arguments.of(in(ContainerState.EXITED).lost(NOW, "gone"), 3, "Error"));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void endHasCodeAndReason(ContainerStatus status, int code, String reason) {
        assertThat(status.exitCode()).isEqualTo(code);
        assertThat(status.reason()).isEqualTo(reason);
        assertThat(status.pid()).isZero();
        assertThat(status.finishedAt()).isEqualTo(NOW);
    }
}
