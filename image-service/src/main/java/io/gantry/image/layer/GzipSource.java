package io.gantry.image.layer;

import io.gantry.linux.syscall.Libisal;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** All members of a gzip file, by ISA-L. */
final class GzipSource implements ByteSource {

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final Libisal isal;
    private final Compression.Input input;
    private boolean betweenMembers;
    private boolean pending;

    GzipSource(Libisal isal, Compression.Input input) {
        this.isal = isal;
        this.input = input;
    }

    @Override
    public boolean read(ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.position() == start) {
            ByteBuffer packed = nextInput();
            if (packed == null) {
                return false;
            }
            inflate(packed, target);
        }
        return true;
    }

    /** Null behind the last member. */
    private @Nullable ByteBuffer nextInput() throws IOException {
        ByteBuffer packed = input.available();
        if (betweenMembers) {
            if (packed != null) {
                isal.reset();
                betweenMembers = false;
            }
            return packed;
        }
        if (packed == null && !pending) {
            throw new EOFException("gzip data ends too early");
        }
        return packed == null ? NOTHING : packed;
    }

    private void inflate(ByteBuffer packed, ByteBuffer target) throws IOException {
        boolean ended = isal.inflate(packed, target) == Libisal.Result.MEMBER_ENDED;
        // What it has taken in it may hand out later only, when there was no room.
        pending = !target.hasRemaining();
        betweenMembers = ended;
    }
}
