package io.gantry.image.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What every content store does. */
public abstract class ContentStoreContract {

    private static final byte[] BYTES = "layer of many bytes".getBytes(StandardCharsets.UTF_8);
    private static final Descriptor BLOB = Descriptor.of(MediaType.OCI_LAYER, BYTES);
    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    /** The store under test, empty. */
    protected abstract ContentStore store() throws IOException;

    @Test
    void committedBlobIsThereWhole() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        store.sync();
        assertThat(store.find(BLOB.digest())).hasValue(BYTES.length);
        assertThat(store.read(BLOB.digest(), BYTES.length)).isEqualTo(BYTES);
        assertThat(store.list()).containsExactly(BLOB.digest());
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void blobIsNotThereBeforeItsCommit() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, BYTES.length);
            assertThat(store.exists(BLOB.digest())).isFalse();
            assertThat(store.list()).isEmpty();
            assertThatThrownBy(() -> store.open(BLOB.digest()))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessage("blob " + BLOB.digest() + " is not in the content store");
        }
    }

    @Test
    void anIntakeSaysItsDigestAndIsThereOnceCommitted() throws Exception {
        ContentStore store = store();
        try (Intake intake = store.intake(Digest.Algorithm.SHA256, BYTES.length)) {
            intake.write(BYTES, 0, 5);
            intake.write(BYTES, 5, BYTES.length - 5);
            assertThat(intake.written()).isEqualTo(BYTES.length);
            assertThat(intake.digest()).isEqualTo(BLOB.digest());
            assertThat(store.list()).isEmpty();
            intake.commit();
        }
        assertThat(store.read(BLOB.digest(), 100)).isEqualTo(BYTES);
        try (Intake again = store.intake(Digest.Algorithm.SHA256, BYTES.length)) {
            again.write(BYTES, 0, BYTES.length);
            again.commit();
        }
        assertThat(store.list()).containsExactly(BLOB.digest());
    }

    @Test
    void anIntakeThatIsNotCommittedLeavesNothing() throws Exception {
        ContentStore store = store();
        try (Intake intake = store.intake(Digest.Algorithm.SHA256, BYTES.length)) {
            intake.write(BYTES, 0, 5);
        }
        assertThat(store.list()).isEmpty();
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void ingestGoesOnWhereAnEarlierOneEnded() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, 7);
        }
        assertThat(store.listPartial()).containsExactly(BLOB.digest());
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            assertThat(ingest.written()).isEqualTo(7);
            try (InputStream written = ingest.openWritten()) {
                assertThat(written.readAllBytes())
                        .isEqualTo("layer o".getBytes(StandardCharsets.UTF_8));
            }
            ingest.write(BYTES, 7, BYTES.length - 7);
            ingest.commit();
        }
        assertThat(store.read(BLOB.digest(), 100)).isEqualTo(BYTES);
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void wrongBytesAreRefusedAndForgotten() throws Exception {
        ContentStore store = store();
        byte[] wrong = BYTES.clone();
        wrong[0]++;
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(wrong, 0, wrong.length);
            assertThatThrownBy(ingest::commit)
                    .isInstanceOf(DataLossException.class)
                    .hasMessage(
                            "blob has digest "
                                    + Digest.sha256(wrong)
                                    + " where "
                                    + BLOB.digest()
                                    + " was expected");
        }
        assertThat(store.exists(BLOB.digest())).isFalse();
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void shortBlobIsRefused() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, 3);
            assertThatThrownBy(ingest::commit)
                    .isInstanceOf(DataLossException.class)
                    .hasMessageContaining("has 3 bytes where its descriptor says 19");
        }
        assertThat(store.exists(BLOB.digest())).isFalse();
    }

    @Test
    void longBlobIsRefusedAtItsFirstByteTooMany() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, BYTES.length);
            assertThatThrownBy(() -> ingest.write(BYTES, 0, 1))
                    .isInstanceOf(DataLossException.class)
                    .hasMessageContaining("is longer than the 19 bytes");
        }
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void restartedIngestTakesTheBlobFromItsStart() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(new byte[] {0, 0, 0}, 0, 3);
            ingest.restart();
            ingest.write(BYTES, 0, BYTES.length);
            ingest.commit();
        }
        assertThat(store.read(BLOB.digest(), 100)).isEqualTo(BYTES);
    }

    @Test
    void emptyBlobIsABlob() throws Exception {
        ContentStore store = store();
        Descriptor empty = Descriptor.of("text/plain", new byte[0]);
        store.put(empty, new byte[0], NEVER);
        assertThat(store.find(empty.digest())).hasValue(0);
    }

    @Test
    void presentBlobIsNotTakenInAgain() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        assertThat(store.ingest(BLOB, NEVER)).isEmpty();
    }

    @Test
    void secondIngestWaitsForTheFirstAndIsToldOfItsSuccess() throws Exception {
        ContentStore store = store();
        Ingest first = store.ingest(BLOB, NEVER).orElseThrow();
        try (ExecutorService executor = Tasks.perTask("second")) {
            Future<Optional<Ingest>> second = executor.submit(() -> store.ingest(BLOB, NEVER));
            assertThatThrownBy(
                            () ->
                                    store.ingest(
                                            BLOB,
                                            Deadline.after(Duration.ofMillis(1), Clock.SYSTEM)))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageContaining(BLOB.digest().toString());
            first.write(BYTES, 0, BYTES.length);
            first.commit();
            assertThat(second.isDone()).isFalse();
            first.close();
            assertThat(second.get(120, TimeUnit.SECONDS)).isEmpty();
        }
    }

    @Test
    void deletedBlobIsGone() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        assertThat(store.delete(BLOB.digest())).isTrue();
        assertThat(store.delete(BLOB.digest())).isFalse();
        assertThat(store.exists(BLOB.digest())).isFalse();
        store.sync();
    }

    @Test
    void partOfAnOpenIngestIsNotDeleted() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, BYTES.length);
            store.deletePartial(BLOB.digest());
            assertThat(store.listPartial()).isEmpty();
            ingest.commit();
        }
        assertThat(store.exists(BLOB.digest())).isTrue();
    }

    @Test
    void keptPartHasALengthAndTakesWholeBlocks() throws Exception {
        ContentStore store = store();
        assertThat(store.findPartial(BLOB.digest())).isEmpty();
        assertThat(store.partialDiskBytes(BLOB.digest())).isZero();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, 2);
        }
        assertThat(store.findPartial(BLOB.digest())).hasValue(2);
        assertThat(store.partialDiskBytes(BLOB.digest())).isEqualTo(4096);
    }

    @Test
    void keptPartIsDeletedOnDemand() throws Exception {
        ContentStore store = store();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, 5);
        }
        store.deletePartial(BLOB.digest());
        assertThat(store.listPartial()).isEmpty();
    }

    @Test
    void demotedBlobIsGoneAndLacksNothingWhenItIsWantedAgain() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        assertThat(store.demote(BLOB.digest())).isTrue();
        assertThat(store.demote(BLOB.digest())).isFalse();
        assertThat(store.exists(BLOB.digest())).isFalse();
        assertThat(store.listPartial()).containsExactly(BLOB.digest());
        store.sync();
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            assertThat(ingest.written()).isEqualTo(BYTES.length);
            ingest.commit();
        }
        assertThat(store.read(BLOB.digest(), 100)).isEqualTo(BYTES);
    }

    @Test
    void readRefusesABlobThatIsLongerThanTheCallerTakes() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        assertThatThrownBy(() -> store.read(BLOB.digest(), 18))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("is longer than 18 bytes");
    }
}
