package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

    @TempDir Path dir;

    @Test
    void theDirectoryIsMadeForItsOwnerAlone() throws Exception {
        Path root = dir.resolve("a/b");
        try (DirectoryLock _ = DirectoryLock.take(root)) {
            assertThat(Files.getPosixFilePermissions(root))
                    .isEqualTo(PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    @Test
    void aSecondDaemonIsToldWhoHasTheDirectory() throws Exception {
        try (DirectoryLock _ = DirectoryLock.take(dir)) {
            assertThatThrownBy(() -> DirectoryLock.take(dir))
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageStartingWith(
                            "another gantryd (pid "
                                    + ProcessHandle.current().pid()
                                    + ") uses "
                                    + dir);
        }
    }

    @Test
    void whatIsLetGoCanBeTakenAgain() throws Exception {
        DirectoryLock.take(dir).close();

        try (DirectoryLock _ = DirectoryLock.take(dir)) {
            assertThat(dir.resolve("lock")).hasContent("" + ProcessHandle.current().pid());
        }
    }
}
