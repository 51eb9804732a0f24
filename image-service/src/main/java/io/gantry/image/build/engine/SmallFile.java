package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads a file of a tree as a whole. */
final class SmallFile {

    private SmallFile() {}

    /**
     * Its bytes.
     *
     * @throws FailedPreconditionException when there are more than {@code most}
     */
    static byte[] read(Syscalls kernel, SourceTree tree, Node file, int most) throws IOException {
        if (file.size() > most) {
            throw new FailedPreconditionException(
                    "/" + Paths.display(file.path()) + " is longer than " + most + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
        int fd = tree.open(file);
        try {
            while (bytes.hasRemaining() && kernel.read(fd, bytes) > 0) {
                // On.
            }
        } finally {
            kernel.close(fd);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
