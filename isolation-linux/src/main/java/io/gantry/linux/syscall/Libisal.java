package io.gantry.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * Inflates gzip by Intel's ISA-L (Debian's {@code libisal2}), two to three times as fast as zlib. A
 * state is used by one thread at a time; it is memory and nothing else, so there is nothing to
 * close.
 *
 * @see <a href="https://github.com/intel/isa-l/blob/master/include/igzip_lib.h">igzip_lib.h</a>
 */
public final class Libisal {

    /** What a step ended with. */
    public enum Result {
        /** The output is full or the input used up. */
        MORE,
        /** The member is complete, its checksum right; what follows it remains in the input. */
        MEMBER_ENDED
    }

    /** Bytes that are no gzip. */
    public static final class FormatException extends IOException {
        private static final long serialVersionUID = 1L;

        FormatException(String message) {
            super(message);
        }
    }

    // struct inflate_state. Only its beginning and two fields behind tables of fixed size are
    // looked at; selfTest() proves them right before anything relies on them.
    private static final int STATE_BYTES = 128 * 1024;
    private static final int NEXT_OUT = 0;
    private static final int AVAIL_OUT = 8;
    private static final int NEXT_IN = 16;
    private static final int AVAIL_IN = 32;
    private static final int BLOCK_STATE = 21160;
    private static final int CRC_FLAG = 21172;
    private static final int ISAL_GZIP = 1;
    private static final int ISAL_BLOCK_FINISH = 5;

    private final ByteBuffer state =
            ByteBuffer.allocateDirect(STATE_BYTES).order(ByteOrder.nativeOrder());

    private Libisal() {
        Functions.isal_inflate_init(state);
        state.putInt(CRC_FLAG, ISAL_GZIP);
    }

    /** Its own class, so that a missing library is noticed when first used and not before. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "libisal.so.2");
        }

        static native void isal_inflate_init(ByteBuffer state);

        static native void isal_inflate_reset(ByteBuffer state);

        static native int isal_inflate(ByteBuffer state);
    }

    private static final class Availability {
        static final boolean USABLE = selfTest();
    }

    /** A fresh state; empty when the library is not installed, or not one that is known. */
    public static Optional<Libisal> open() {
        return Availability.USABLE ? Optional.of(new Libisal()) : Optional.empty();
    }

    /**
     * Inflates from one direct buffer to another, whose positions move.
     *
     * @throws FormatException saying what is wrong
     */
    public Result inflate(ByteBuffer packed, ByteBuffer unpacked) throws FormatException {
        int available = packed.remaining();
        int room = unpacked.remaining();
        state.putLong(NEXT_IN, address(packed)).putInt(AVAIL_IN, available);
        state.putLong(NEXT_OUT, address(unpacked)).putInt(AVAIL_OUT, room);
        int result = Functions.isal_inflate(state);
        if (result < 0) {
            throw new FormatException(explain(result));
        }
        packed.position(packed.position() + available - state.getInt(AVAIL_IN));
        unpacked.position(unpacked.position() + room - state.getInt(AVAIL_OUT));
        return state.getInt(BLOCK_STATE) == ISAL_BLOCK_FINISH ? Result.MEMBER_ENDED : Result.MORE;
    }

    /** Makes ready for another member. */
    public void reset() {
        Functions.isal_inflate_reset(state);
        state.putInt(CRC_FLAG, ISAL_GZIP);
    }

    private static long address(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer)) + buffer.position();
    }

    private static String explain(int result) {
        return switch (result) {
            case -1 -> "invalid deflate block";
            case -2 -> "invalid deflate symbol";
            case -3 -> "deflate distance too far back";
            case -4 -> "no gzip header";
            case -5 -> "unsupported gzip compression method";
            case -6 -> "gzip checksum does not match";
            default -> "invalid gzip data (" + result + ")";
        };
    }

    /** Two members, in pieces, must come out as they went in. */
    private static boolean selfTest() {
        try {
            byte[] text =
                    "a member of a gzip file, a member of a gzip file"
                            .getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream members = new ByteArrayOutputStream();
            for (int i = 0; i < 2; i++) {
                try (GZIPOutputStream member = new GZIPOutputStream(members)) {
                    member.write(text);
                }
            }
            ByteBuffer packed = ByteBuffer.allocateDirect(members.size());
            packed.put(members.toByteArray()).flip();
            Libisal isal = new Libisal();
            for (int i = 0; i < 2; i++) {
                ByteBuffer unpacked = ByteBuffer.allocateDirect(text.length + 1);
                unpacked.limit(10);
                boolean early = isal.inflate(packed, unpacked) == Result.MEMBER_ENDED;
                unpacked.limit(unpacked.capacity());
                boolean ended = isal.inflate(packed, unpacked) == Result.MEMBER_ENDED;
                if (early || !ended || !unpacked.flip().equals(ByteBuffer.wrap(text))) {
                    return false;
                }
                isal.reset();
            }
            return !packed.hasRemaining();
        } catch (IOException | LinkageError e) {
            return false;
        }
    }
}
