package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class BackloggedStreamTest {

    private static final ContainerId CONTAINER = new ContainerId("c".repeat(64));
    private static final int PIECE = 1000;
    private static final ProcessEntry EXITED =
            new ProcessEntry(
                    CONTAINER.value(),
                    ProcessEntry.Kind.CONTAINER,
                    "",
                    4711,
                    ProcessEntry.State.EXITED,
                    3,
                    0,
                    Instant.ofEpochSecond(1),
                    Optional.of(Instant.ofEpochSecond(2)));

    private final BacklogRoom room = BacklogRoom.of(10_000, 15_000);
    private final FakeShim.Stream source = new FakeShim.Stream(0);

    private ProcessStream joined(FakeShim.Stream from) {
        return BackloggedStream.of(
                new ShimProcessStream(from, () -> {}, () -> {}), CONTAINER, room);
    }

    private static void say(FakeShim.Stream from, int times) {
        for (int i = 0; i < times; i++) {
            from.events.add(Optional.of(new ShimStream.Output(1, new byte[PIECE])));
        }
    }

    @Test
    void whatALateReaderLeftIsAllThereAndTheRoomIsGivenBack() throws IOException {
        say(source, 9);
        source.events.add(Optional.of(new ShimStream.Exited(EXITED)));
        source.events.add(Optional.empty());
        try (ProcessStream stream = joined(source)) {
            for (int i = 0; i < 9; i++) {
                assertThat(stream.next()).isInstanceOf(ProcessStream.Output.class);
            }
            assertThat(stream.next()).isEqualTo(new ProcessStream.Exited(3));
            assertThat(stream.next()).isNull();
        }
        assertThat(room.used()).hasValue(0);
    }

    @Test
    void aReaderThatLeavesTooMuchIsDroppedAndToldAndNothingIsKept() throws Exception {
        CountDownLatch dropped = new CountDownLatch(1);
        try (ProcessStream stream = joined(source)) {
            stream.onDropped(dropped::countDown);
            say(source, 10);
            dropped.await();
            assertThat(source.isClosed()).isTrue();
            assertThat(room.used()).hasValue(0);
            assertThatThrownBy(stream::next)
                    .isInstanceOf(ResourceExhaustedException.class)
                    .hasMessageContaining("unread");
            CountDownLatch afterwards = new CountDownLatch(1);
            stream.onDropped(afterwards::countDown);
            afterwards.await();
        }
    }

    @Test
    void smallPiecesCountWithWhatTheyTake() throws Exception {
        CountDownLatch dropped = new CountDownLatch(1);
        try (ProcessStream stream = joined(source)) {
            stream.onDropped(dropped::countDown);
            for (int i = 0; i < 200; i++) {
                source.events.add(Optional.of(new ShimStream.Output(1, new byte[1])));
            }
            dropped.await();
        }
    }

    @Test
    void allTogetherHaveABoundOfTheirOwn() throws Exception {
        FakeShim.Stream other = new FakeShim.Stream(0);
        CountDownLatch dropped = new CountDownLatch(1);
        try (ProcessStream first = joined(source);
                ProcessStream second = joined(other)) {
            first.onDropped(dropped::countDown);
            second.onDropped(dropped::countDown);
            say(source, 8);
            say(other, 8);
            dropped.await();
            assertThat(room.used()).hasValueLessThanOrEqualTo(15_000);
            assertThat(source.isClosed() && other.isClosed()).as("one stays").isFalse();
        }
        assertThat(room.used()).hasValue(0);
    }

    @Test
    void closingItEndsAWaitAndItsSourceAndDropsNobody() throws Exception {
        AtomicBoolean dropped = new AtomicBoolean();
        ProcessStream stream = joined(source);
        stream.onDropped(() -> dropped.set(true));
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread reader = Thread.ofVirtual().start(() -> end.complete(catchThrowable(stream::next)));
        stream.close();
        assertThat(end.get()).isInstanceOf(ClosedChannelException.class);
        reader.join();
        assertThat(source.isClosed()).isTrue();
        assertThat(dropped).isFalse();
    }

    @Test
    void aReaderThatTheShimGivesUpIsToldOnceAllIsRead() throws Exception {
        CountDownLatch dropped = new CountDownLatch(1);
        say(source, 2);
        source.events.add(Optional.empty());
        try (ProcessStream stream = joined(source)) {
            stream.onDropped(dropped::countDown);
            dropped.await();
            assertThat(stream.next()).isInstanceOf(ProcessStream.Output.class);
            assertThat(stream.next()).isInstanceOf(ProcessStream.Output.class);
            assertThatThrownBy(stream::next).isInstanceOf(ResourceExhaustedException.class);
        }
        assertThat(room.used()).hasValue(0);
    }
}
