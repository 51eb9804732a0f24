package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.image.registry.HostSlots.Slot;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class HostSlotsTest {

    private final HostSlots slots = new HostSlots(1);
    private final Deadline soon = Deadline.after(Duration.ofMillis(100), Clock.SYSTEM);

    @Test
    void eachHostHasSlotsOfItsOwn() {
        try (Slot one = slots.acquire("a", soon);
                Slot other = slots.acquire("b", soon)) {
            assertThat(one).isNotSameAs(other);
            assertThat(slots.tryAcquire("a")).isEmpty();
        }
        assertThat(slots.tryAcquire("a")).isPresent();
    }

    @Test
    void whoWaitsTooLongIsToldForWhat() {
        try (Slot _ = slots.acquire("a", soon)) {
            assertThatThrownBy(() -> slots.acquire("a", soon))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessage("deadline exceeded while waiting for a connection to registry a");
        }
        slots.acquire("a", soon).close();
    }

    @Test
    void closingTwiceFreesOnce() {
        Slot slot = slots.acquire("a", soon);
        slot.close();
        slot.close();
        try (Slot _ = slots.acquire("a", soon)) {
            assertThat(slots.tryAcquire("a")).isEmpty();
        }
    }

    @Test
    void anInterruptEndsTheWait() {
        try (Slot _ = slots.acquire("a", soon)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> slots.acquire("a", Deadline.never(Clock.SYSTEM)))
                    .isInstanceOf(CancelledException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(slots.tryAcquire("a")).isPresent();
    }
}
