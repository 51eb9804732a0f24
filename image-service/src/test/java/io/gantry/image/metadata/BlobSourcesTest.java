package io.gantry.image.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobSourcesTest {

    private static final Digest ONE = digest("one");
    private static final Digest TWO = digest("two");
    private static final BlobSource A = new BlobSource("r.example", "a");
    private static final BlobSource B = new BlobSource("r.example", "b");

    @TempDir private Path directory;
    private ImageTables tables;

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Instant second(int second) {
        return Instant.ofEpochSecond(second);
    }

    @BeforeEach
    void open() {
        tables = ImageTables.open(directory.resolve("gantry.db"));
    }

    @AfterEach
    void close() {
        tables.close();
    }

    @Test
    void theRepositorySeenLastComesFirst() {
        tables.blobSources().put(A, List.of(ONE, TWO), second(1));
        tables.blobSources().put(B, List.of(ONE), second(2));
        assertThat(tables.blobSources().find(List.of(ONE, TWO, digest("three"))))
                .containsEntry(ONE, List.of(B, A))
                .containsEntry(TWO, List.of(A))
                .containsEntry(digest("three"), List.of());
        tables.blobSources().put(A, List.of(ONE), second(3));
        assertThat(tables.blobSources().find(List.of(ONE))).containsEntry(ONE, List.of(A, B));
    }

    @Test
    void aBlobIsRememberedInTheLatestFewRepositoriesOnly() {
        for (int i = 0; i < 2 * BlobSources.MAX_PER_BLOB; i++) {
            BlobSource source = new BlobSource("r.example", "app" + i);
            tables.blobSources().put(source, List.of(ONE), second(i));
        }
        assertThat(tables.blobSources().find(List.of(ONE)).get(ONE))
                .hasSize(BlobSources.MAX_PER_BLOB)
                .startsWith(new BlobSource("r.example", "app15"))
                .endsWith(new BlobSource("r.example", "app8"));
    }

    @Test
    void aForgottenBlobIsNowhere() {
        tables.blobSources().put(A, List.of(ONE, TWO), second(1));
        tables.blobSources().delete(List.of(ONE, digest("unknown")));
        tables.blobSources().delete(List.of());
        assertThat(tables.blobSources().find(List.of(ONE, TWO)))
                .containsEntry(ONE, List.of())
                .containsEntry(TWO, List.of(A));
    }
}
