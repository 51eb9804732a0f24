package io.gantry.linux.syscall;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * SHA-2 by OpenSSL's libcrypto. The JDK's own is as fast, but only once the JVM's compiler has come
 * to it, some seconds into a node's first pull: before, it is interpreted. Direct buffers save a
 * copy. Its state is memory and nothing else. Not thread-safe.
 */
public final class LibcryptoDigest extends MessageDigest {

    /** More than any of the library's contexts (SHA512_CTX has 216 bytes). */
    private static final int CONTEXT_BYTES = 512;

    private static final int SCRATCH_BYTES = 32 * 1024;

    private enum Function {
        SHA256("SHA-256", 32) {
            @Override
            int init(ByteBuffer context) {
                return Functions.SHA256_Init(context);
            }

            @Override
            int update(ByteBuffer context, ByteBuffer data, long length) {
                return Functions.SHA256_Update(context, data, length);
            }

            @Override
            int end(byte[] hash, ByteBuffer context) {
                return Functions.SHA256_Final(hash, context);
            }
        },
        SHA512("SHA-512", 64) {
            @Override
            int init(ByteBuffer context) {
                return Functions.SHA512_Init(context);
            }

            @Override
            int update(ByteBuffer context, ByteBuffer data, long length) {
                return Functions.SHA512_Update(context, data, length);
            }

            @Override
            int end(byte[] hash, ByteBuffer context) {
                return Functions.SHA512_Final(hash, context);
            }
        };

        private final String jcaName;
        private final int length;
        private final boolean usable;

        Function(String jcaName, int length) {
            this.jcaName = jcaName;
            this.length = length;
            this.usable = agreesWithTheJdk();
        }

        abstract int init(ByteBuffer context);

        abstract int update(ByteBuffer context, ByteBuffer data, long length);

        abstract int end(byte[] hash, ByteBuffer context);

        private boolean agreesWithTheJdk() {
            try {
                byte[] text = "abc".repeat(100).getBytes(StandardCharsets.US_ASCII);
                byte[] expected = MessageDigest.getInstance(jcaName).digest(text);
                LibcryptoDigest digest = new LibcryptoDigest(this);
                digest.update(text, 0, 7);
                digest.update(text, 7, text.length - 7);
                return Arrays.equals(digest.digest(), expected);
            } catch (NoSuchAlgorithmException | LinkageError e) {
                return false;
            }
        }
    }

    /** Its own class, so that a missing library is noticed when first used and not before. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "libcrypto.so.3");
        }

        static native int SHA256_Init(ByteBuffer context);

        static native int SHA256_Update(ByteBuffer context, ByteBuffer data, long length);

        static native int SHA256_Final(byte[] hash, ByteBuffer context);

        static native int SHA512_Init(ByteBuffer context);

        static native int SHA512_Update(ByteBuffer context, ByteBuffer data, long length);

        static native int SHA512_Final(byte[] hash, ByteBuffer context);
    }

    private final Function function;
    private final ByteBuffer context = ByteBuffer.allocateDirect(CONTEXT_BYTES);
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);

    private LibcryptoDigest(Function function) {
        super(function.jcaName);
        this.function = function;
        function.init(context);
    }

    /**
     * A fresh hash function.
     *
     * @param jcaName SHA-256 or SHA-512
     * @return empty when the library is not installed, or lacks it
     */
    public static Optional<MessageDigest> of(String jcaName) {
        for (Function function : Function.values()) {
            if (function.jcaName.equals(jcaName) && function.usable) {
                return Optional.of(new LibcryptoDigest(function));
            }
        }
        return Optional.empty();
    }

    @Override
    protected int engineGetDigestLength() {
        return function.length;
    }

    @Override
    protected void engineUpdate(byte input) {
        engineUpdate(new byte[] {input}, 0, 1);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        for (int done = 0; done < length; ) {
            int count = Math.min(length - done, SCRATCH_BYTES);
            scratch.clear().put(input, offset + done, count);
            function.update(context, scratch.flip(), count);
            done += count;
        }
    }

    @Override
    protected void engineUpdate(ByteBuffer input) {
        if (input.isDirect()) {
            function.update(context, input.slice(), input.remaining());
            input.position(input.limit());
        } else {
            while (input.hasRemaining()) {
                int count = Math.min(input.remaining(), SCRATCH_BYTES);
                scratch.clear().put(input.slice().limit(count));
                function.update(context, scratch.flip(), count);
                input.position(input.position() + count);
            }
        }
    }

    @Override
    protected byte[] engineDigest() {
        byte[] hash = new byte[function.length];
        function.end(hash, context);
        engineReset();
        return hash;
    }

    @Override
    protected void engineReset() {
        function.init(context);
    }
}
