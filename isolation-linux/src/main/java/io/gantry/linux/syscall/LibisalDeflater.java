package io.gantry.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Deflates blocks by Intel's ISA-L (Debian's {@code libisal2}), about ten times as fast as zlib and
 * to a few percent more. The same block makes the same bytes with the same library on the same kind
 * of processor; others may make others. Used by one thread at a time; it is memory and nothing
 * else, about 1.6 MB, so there is nothing to close.
 *
 * @see <a href="https://github.com/intel/isa-l/blob/master/include/igzip_lib.h">igzip_lib.h</a>
 */
public final class LibisalDeflater {

    /** The longest block, in bytes. */
    public static final int MAX_BLOCK_BYTES = 1 << 20;

    /** What a block may look back at, in bytes. */
    public static final int MAX_DICTIONARY_BYTES = 32 * 1024;

    // struct isal_zstream; selfTest() proves the offsets right before anything relies on them.
    private static final int STATE_BYTES = 128 * 1024;
    private static final int NEXT_IN = 0;
    private static final int AVAIL_IN = 8;
    private static final int NEXT_OUT = 16;
    private static final int AVAIL_OUT = 24;
    private static final int LEVEL = 40;
    private static final int LEVEL_BUFFER_SIZE = 44;
    private static final int LEVEL_BUFFER = 48;
    private static final int END_OF_STREAM = 56;
    private static final int FLUSH = 58;
    private static final short NO_FLUSH = 0;
    private static final short SYNC_FLUSH = 1;
    private static final int USED_LEVEL = 2;
    private static final int LEVEL_BYTES = 324 * 1024;
    private static final int PIECE_BYTES = 64 * 1024;
    // What cannot be packed is stored, with 5 bytes before each 64 KiB at most.
    private static final int OUTPUT_BYTES = MAX_BLOCK_BYTES + 16 * 1024;

    private static final byte[] ZEROS = new byte[LEVEL_BYTES];

    private final ByteBuffer state = direct(STATE_BYTES);
    private final ByteBuffer levelBuffer = direct(LEVEL_BYTES);
    private final ByteBuffer input = direct(PIECE_BYTES);
    private final ByteBuffer output = direct(OUTPUT_BYTES);

    private LibisalDeflater() {}

    /** Its own class, so that a missing library is noticed when first used and not before. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "libisal.so.2");
        }

        static native void isal_deflate_init(ByteBuffer state);

        static native int isal_deflate_set_dict(ByteBuffer state, ByteBuffer bytes, int length);

        static native int isal_deflate(ByteBuffer state);
    }

    private static final class Availability {
        static final boolean USABLE = selfTest();
    }

    /** A fresh one; empty when the library is not installed, or not one that is known. */
    public static Optional<LibisalDeflater> open() {
        return Availability.USABLE ? Optional.of(new LibisalDeflater()) : Optional.empty();
    }

    /**
     * Deflates a block to whole bytes, so that another can follow.
     *
     * @param length of the block, {@link #MAX_BLOCK_BYTES} at most
     * @param before what the block may look back at, {@link #MAX_DICTIONARY_BYTES} at most
     * @param last whether nothing follows
     */
    public byte[] deflate(byte[] block, int length, byte[] before, boolean last) {
        if (length > MAX_BLOCK_BYTES || before.length > MAX_DICTIONARY_BYTES) {
            throw new IllegalArgumentException(
                    "a block of " + length + " bytes behind " + before.length + " is too long");
        }
        begin(before);
        int done = 0;
        do {
            int piece = Math.min(PIECE_BYTES, length - done);
            input.clear().put(block, done, piece);
            done += piece;
            step(piece, done == length, last);
        } while (done < length);
        byte[] packed = new byte[OUTPUT_BYTES - state.getInt(AVAIL_OUT)];
        output.get(0, packed);
        return packed;
    }

    private void begin(byte[] before) {
        // It leaves what it knew of the block before where it finds it again.
        state.clear().put(ZEROS, 0, STATE_BYTES).clear();
        levelBuffer.clear().put(ZEROS, 0, LEVEL_BYTES).clear();
        Functions.isal_deflate_init(state);
        state.putInt(LEVEL, USED_LEVEL);
        state.putInt(LEVEL_BUFFER_SIZE, LEVEL_BYTES);
        state.putLong(LEVEL_BUFFER, address(levelBuffer));
        state.putLong(NEXT_OUT, address(output)).putInt(AVAIL_OUT, OUTPUT_BYTES);
        if (before.length > 0) {
            input.clear().put(before).flip();
            check(Functions.isal_deflate_set_dict(state, input, before.length));
        }
    }

    private void step(int length, boolean end, boolean last) {
        state.putLong(NEXT_IN, address(input)).putInt(AVAIL_IN, length);
        state.putShort(END_OF_STREAM, (short) (end && last ? 1 : 0));
        state.putShort(FLUSH, end && !last ? SYNC_FLUSH : NO_FLUSH);
        check(Functions.isal_deflate(state));
        if (state.getInt(AVAIL_IN) > 0 || state.getInt(AVAIL_OUT) <= 0) {
            throw new IllegalStateException("ISA-L has left a block unpacked");
        }
    }

    private static void check(int result) {
        if (result != 0) {
            throw new IllegalStateException("ISA-L cannot deflate: error " + result);
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static long address(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    /** Two blocks, the second of words of the first, must come out as they went in. */
    private static boolean selfTest() {
        try {
            byte[] text =
                    "a block of a layer, behind it a block of a layer"
                            .getBytes(StandardCharsets.US_ASCII);
            LibisalDeflater deflater = new LibisalDeflater();
            byte[] first = deflater.deflate(text, text.length, new byte[0], false);
            byte[] second = deflater.deflate(text, text.length, text, true);
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            byte[] unpacked = new byte[2 * text.length + 1];
            try (Inflater inflater = new Inflater(true)) {
                inflater.setInput(both);
                int got = inflater.inflate(unpacked);
                return inflater.finished()
                        && got == 2 * text.length
                        && Arrays.equals(text, Arrays.copyOf(unpacked, text.length))
                        && Arrays.equals(text, Arrays.copyOfRange(unpacked, text.length, got));
            }
        } catch (DataFormatException | IllegalStateException | LinkageError e) {
            return false;
        }
    }
}
