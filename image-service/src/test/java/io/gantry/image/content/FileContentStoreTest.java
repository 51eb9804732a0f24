package io.gantry.image.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileContentStoreTest extends ContentStoreContract {

    private static final byte[] BYTES = "hello".getBytes(StandardCharsets.UTF_8);
    private static final Descriptor BLOB = Descriptor.of(MediaType.OCI_LAYER, BYTES);
    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    @TempDir private Path root;

    @Override
    protected ContentStore store() throws IOException {
        return FileContentStore.open(root.resolve("content"));
    }

    @Test
    void blobsLieUnderTheirAlgorithmAndHex() throws Exception {
        store().put(BLOB, BYTES, NEVER);
        Path file = root.resolve("content/blobs/sha256").resolve(BLOB.digest().hex());
        assertThat(file).hasBinaryContent(BYTES);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(root.resolve("content/ingest/sha256")).isEmptyDirectory();
    }

    @Test
    void partSurvivesARestart() throws Exception {
        try (Ingest ingest = store().ingest(BLOB, NEVER).orElseThrow()) {
            ingest.write(BYTES, 0, 2);
        }
        try (Ingest ingest = store().ingest(BLOB, NEVER).orElseThrow()) {
            assertThat(ingest.written()).isEqualTo(2);
            ingest.write(BYTES, 2, 3);
            ingest.commit();
        }
        assertThat(store().read(BLOB.digest(), 5)).isEqualTo(BYTES);
    }

    @Test
    void partsAreListedByTheirAge() throws Exception {
        ContentStore store = store();
        Path part = root.resolve("content/ingest/sha256").resolve(BLOB.digest().hex());
        Files.write(part, new byte[1]);
        Instant then = Instant.parse("2026-01-01T00:00:00Z");
        Files.setLastModifiedTime(part, FileTime.from(then));
        assertThat(store.listPartial(then)).isEmpty();
        assertThat(store.listPartial(then.plusSeconds(1))).containsExactly(BLOB.digest());
    }

    @Test
    void partThatIsLongerThanTheBlobIsForgotten() throws Exception {
        ContentStore store = store();
        Path part = root.resolve("content/ingest/sha256").resolve(BLOB.digest().hex());
        Files.write(part, new byte[100]);
        try (Ingest ingest = store.ingest(BLOB, NEVER).orElseThrow()) {
            assertThat(ingest.written()).isZero();
        }
        assertThat(part).doesNotExist();
    }

    @Test
    void aBlobThatOthersHaveLinkedToBecomesNoPartThatMayBeWrittenTo() throws Exception {
        ContentStore store = store();
        store.put(BLOB, BYTES, NEVER);
        Path link = root.resolve("link");
        Files.createLink(link, store.file(BLOB.digest()).orElseThrow());
        assertThat(store.demote(BLOB.digest())).isFalse();
        assertThat(store.exists(BLOB.digest())).isFalse();
        assertThat(store.listPartial()).isEmpty();
        assertThat(link).hasBinaryContent(BYTES);
        assertThat(store.file(BLOB.digest())).isEmpty();
    }

    @Test
    void foreignFilesAreNoBlobs() throws Exception {
        ContentStore store = store();
        Files.createFile(root.resolve("content/blobs/sha256/readme"));
        assertThat(store.list()).isEmpty();
    }
}
