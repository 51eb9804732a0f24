package io.gantry.linux.syscall;

import com.sun.jna.Native;
import java.io.ByteArrayOutputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM (NIST SP 800-38D) by OpenSSL's libcrypto, for the records of TLS: see EVP_EncryptInit(3).
 * What goes in comes out when it is whole, and nothing of it before its tag is known to be right.
 * Initial vectors have 12 bytes and tags 16; for others the JDK goes on to its own cipher. Not
 * thread-safe.
 */
final class LibcryptoGcm extends CipherSpi {

    private static final int BLOCK_BYTES = 16;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** What a record of TLS takes at most, with its tag. */
    private static final int RECORD_BYTES = 17 * 1024;

    /** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h. */
    private static final int GET_TAG = 0x10;

    private static final int SET_TAG = 0x11;

    private static final Cleaner CLEANER = Cleaner.create();
    private static final byte[] NONE = new byte[0];

    /** Its own class, so that a missing library is noticed when first used and not before. */
    private static final class Functions {
        static {
            Native.register(Functions.class, "libcrypto.so.3");
        }

        static native long EVP_CIPHER_CTX_new();

        static native void EVP_CIPHER_CTX_free(long context);

        static native long EVP_aes_128_gcm();

        static native long EVP_aes_192_gcm();

        static native long EVP_aes_256_gcm();

        static native int EVP_CipherInit_ex(
                long context,
                long cipher,
                long engine,
                byte @Nullable [] key,
                byte @Nullable [] iv,
                int encrypt);

        static native int EVP_CIPHER_CTX_ctrl(long context, int type, int size, ByteBuffer bytes);

        static native int EVP_CipherUpdate(
                long context, long noOutput, int[] written, byte[] additional, int length);

        static native int EVP_CipherUpdate(
                long context, ByteBuffer out, int[] written, ByteBuffer in, int length);

        static native int EVP_CipherFinal_ex(long context, ByteBuffer out, int[] written);
    }

    private final long context = Functions.EVP_CIPHER_CTX_new();
    private final ByteBuffer tag = ByteBuffer.allocateDirect(TAG_BYTES);
    private final int[] written = new int[1];
    private final ByteArrayOutputStream additional = new ByteArrayOutputStream();
    private final ByteArrayOutputStream input = new ByteArrayOutputStream();
    private ByteBuffer scratch = ByteBuffer.allocateDirect(RECORD_BYTES);
    private byte[] key = NONE;
    private byte[] iv = NONE;
    private boolean encrypts;

    /** An initial vector is good for one encryption. */
    private boolean ready;

    LibcryptoGcm() {
        if (context == 0) {
            throw new ProviderException("libcrypto has no memory for a cipher");
        }
        long address = context;
        CLEANER.register(this, () -> Functions.EVP_CIPHER_CTX_free(address));
    }

    @Override
    protected void engineInit(
            int mode, Key with, @Nullable AlgorithmParameterSpec spec, @Nullable SecureRandom none)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        ready = false;
        additional.reset();
        input.reset();
        if (mode != Cipher.ENCRYPT_MODE && mode != Cipher.DECRYPT_MODE) {
            throw new InvalidKeyException("keys are not wrapped by it");
        }
        if (!(spec instanceof GCMParameterSpec gcm)
                || gcm.getTLen() != TAG_BYTES * Byte.SIZE
                || gcm.getIV().length != IV_BYTES) {
            throw new InvalidAlgorithmParameterException(
                    "needs an initial vector of 12 bytes and a tag of 128 bits");
        }
        byte[] bytes = with.getEncoded();
        if (bytes == null) {
            throw new InvalidKeyException("the key does not tell its bytes");
        }
        boolean encrypt = mode == Cipher.ENCRYPT_MODE;
        boolean sameKey = MessageDigest.isEqual(bytes, key) && encrypt == encrypts;
        if (sameKey && encrypt && MessageDigest.isEqual(gcm.getIV(), iv)) {
            throw new InvalidAlgorithmParameterException(
                    "an initial vector must not be used twice with a key");
        }
        if (!sameKey) {
            long cipher = ofLength(bytes.length);
            check(Functions.EVP_CipherInit_ex(context, cipher, 0, bytes, null, encrypt ? 1 : 0));
        }
        key = bytes;
        iv = gcm.getIV();
        encrypts = encrypt;
        ready = true;
    }

    private static long ofLength(int bytes) throws InvalidKeyException {
        return switch (bytes * Byte.SIZE) {
            case 128 -> Functions.EVP_aes_128_gcm();
            case 192 -> Functions.EVP_aes_192_gcm();
            case 256 -> Functions.EVP_aes_256_gcm();
            default -> throw new InvalidKeyException("a key of " + bytes + " bytes is not AES's");
        };
    }

    /** Without parameters a mode that needs them cannot be begun; the JDK's has some of its own. */
    @Override
    protected void engineInit(int mode, Key with, @Nullable SecureRandom random)
            throws InvalidKeyException {
        throw new InvalidKeyException("needs an initial vector");
    }

    @Override
    protected void engineInit(
            int mode,
            Key with,
            @Nullable AlgorithmParameters parameters,
            @Nullable SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        throw new InvalidAlgorithmParameterException("wants GCMParameterSpec");
    }

    @Override
    protected void engineUpdateAAD(byte[] bytes, int offset, int length) {
        requireReady();
        additional.write(bytes, offset, length);
    }

    @Override
    protected void engineUpdateAAD(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        engineUpdateAAD(copy, 0, copy.length);
    }

    /** Keeps it for the end. */
    @Override
    protected byte[] engineUpdate(byte[] bytes, int offset, int length) {
        requireReady();
        input.write(bytes, offset, length);
        return NONE;
    }

    @Override
    protected int engineUpdate(byte[] bytes, int offset, int length, byte[] out, int outOffset) {
        engineUpdate(bytes, offset, length);
        return 0;
    }

    @Override
    protected byte[] engineDoFinal(byte[] bytes, int offset, int length)
            throws AEADBadTagException {
        ByteBuffer last =
                length == 0 ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes, offset, length);
        ByteBuffer whole = crypt(last);
        byte[] out = new byte[whole.remaining()];
        whole.get(out);
        return out;
    }

    @Override
    protected int engineDoFinal(byte[] bytes, int offset, int length, byte[] out, int outOffset)
            throws ShortBufferException, AEADBadTagException {
        ByteBuffer last =
                length == 0 ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes, offset, length);
        return engineDoFinal(last, ByteBuffer.wrap(out, outOffset, out.length - outOffset));
    }

    @Override
    protected int engineDoFinal(ByteBuffer last, ByteBuffer out)
            throws ShortBufferException, AEADBadTagException {
        requireReady();
        int size = engineGetOutputSize(last.remaining());
        if (out.remaining() < size) {
            throw new ShortBufferException(size + " bytes do not fit into " + out.remaining());
        }
        // Both may be one buffer: all is read before anything is written.
        out.put(crypt(last));
        return size;
    }

    /** What comes out, in a buffer of this cipher. */
    private ByteBuffer crypt(ByteBuffer last) throws AEADBadTagException {
        requireReady();
        ByteBuffer text = gather(last);
        int length = encrypts ? text.limit() : text.limit() - TAG_BYTES;
        if (length < 0) {
            throw new AEADBadTagException("what is shorter than a tag has none");
        }
        check(Functions.EVP_CipherInit_ex(context, 0, 0, null, iv, -1));
        if (!encrypts) {
            tag.clear().put(text.slice(length, TAG_BYTES));
            check(Functions.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_BYTES, tag.flip()));
        }
        if (additional.size() > 0) {
            byte[] bytes = additional.toByteArray();
            check(Functions.EVP_CipherUpdate(context, 0, written, bytes, bytes.length));
        }
        check(Functions.EVP_CipherUpdate(context, text, written, text, length));
        boolean whole = Functions.EVP_CipherFinal_ex(context, text, written) == 1;
        additional.reset();
        input.reset();
        ready = !encrypts;
        if (!whole) {
            throw new AEADBadTagException("the tag does not fit");
        }
        if (encrypts) {
            check(Functions.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_BYTES, tag.clear()));
            text.limit(length + TAG_BYTES).position(length).put(tag).flip();
        }
        return text.position(0).limit(encrypts ? length + TAG_BYTES : length);
    }

    /** All input in one direct buffer that has room for a tag behind it. */
    private ByteBuffer gather(ByteBuffer last) {
        int length = input.size() + last.remaining();
        if (scratch.capacity() < length + TAG_BYTES) {
            scratch = ByteBuffer.allocateDirect(length + TAG_BYTES);
        }
        scratch.clear();
        if (input.size() > 0) {
            scratch.put(input.toByteArray());
        }
        return scratch.put(last).flip();
    }

    private void requireReady() {
        if (!ready) {
            throw new IllegalStateException("not initialized for a further message");
        }
    }

    private static void check(int result) {
        if (result != 1) {
            throw new ProviderException("libcrypto refused a step of AES-GCM");
        }
    }

    @Override
    protected int engineGetOutputSize(int length) {
        int all = input.size() + length;
        return encrypts ? all + TAG_BYTES : Math.max(0, all - TAG_BYTES);
    }

    @Override
    protected int engineGetBlockSize() {
        return BLOCK_BYTES;
    }

    @Override
    protected byte @Nullable [] engineGetIV() {
        return iv.length == 0 ? null : iv.clone();
    }

    /** The JDK's own cipher is asked where parameters are wanted as an object. */
    @Override
    protected @Nullable AlgorithmParameters engineGetParameters() {
        return null;
    }

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
        throw new NoSuchAlgorithmException("its mode is GCM");
    }

    @Override
    protected void engineSetPadding(String padding) throws NoSuchPaddingException {
        throw new NoSuchPaddingException("GCM pads nothing");
    }

    @Override
    protected int engineGetKeySize(Key with) {
        byte[] bytes = with.getEncoded();
        return bytes == null ? 0 : bytes.length * Byte.SIZE;
    }
}
