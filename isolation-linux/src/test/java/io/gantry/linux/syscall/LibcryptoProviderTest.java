package io.gantry.linux.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.Random;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibcryptoProviderTest {

    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final Random RANDOM = new Random(5);

    @BeforeAll
    static void install() {
        LibcryptoProvider.install();
        LibcryptoProvider.install();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static SecretKeySpec key(int bytes) {
        return new SecretKeySpec(random(bytes), "AES");
    }

    private static GCMParameterSpec vector() {
        return new GCMParameterSpec(128, random(12));
    }

    private static Cipher own(int mode, SecretKeySpec key, GCMParameterSpec vector)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, vector);
        assertThat(cipher.getProvider().getName()).isEqualTo("Libcrypto");
        return cipher;
    }

    private static Cipher jdks(int mode, SecretKeySpec key, GCMParameterSpec vector)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER, "SunJCE");
        cipher.init(mode, key, vector);
        return cipher;
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void agreesWithTheJdkOnMessagesOfAnyLength(int keyBytes) throws GeneralSecurityException {
        for (int length : new int[] {0, 1, 15, 16, 17, 1000, 16 * 1024, 17 * 1024, 100_000}) {
            SecretKeySpec key = key(keyBytes);
            GCMParameterSpec vector = vector();
            byte[] additional = random(13);
            byte[] text = random(length);
            Cipher theirs = jdks(Cipher.ENCRYPT_MODE, key, vector);
            theirs.updateAAD(additional);
            Cipher ours = own(Cipher.ENCRYPT_MODE, key, vector);
            ours.updateAAD(additional);
            byte[] sealed = ours.doFinal(text);
            assertThat(sealed).as("%d bytes", length).isEqualTo(theirs.doFinal(text));

            Cipher open = own(Cipher.DECRYPT_MODE, key, vector);
            open.updateAAD(additional);
            assertThat(open.doFinal(sealed)).as("%d bytes", length).isEqualTo(text);
        }
    }

    @Test
    void piecesAreOneMessage() throws GeneralSecurityException {
        SecretKeySpec key = key(16);
        GCMParameterSpec vector = vector();
        byte[] text = random(50_000);
        byte[] expected = jdks(Cipher.ENCRYPT_MODE, key, vector).doFinal(text);
        Cipher cipher = own(Cipher.ENCRYPT_MODE, key, vector);
        cipher.update(text, 0, 7);
        cipher.update(text, 7, 30_000);
        assertThat(cipher.doFinal(text, 30_007, text.length - 30_007)).isEqualTo(expected);
    }

    @Test
    void aMessageMayBeOpenedWhereItIs() throws GeneralSecurityException {
        SecretKeySpec key = key(32);
        Cipher seal = own(Cipher.ENCRYPT_MODE, key, vector());
        Cipher open = Cipher.getInstance(CIPHER);
        // One pair of ciphers for many records, as TLS has them.
        for (int i = 0; i < 100; i++) {
            GCMParameterSpec vector = vector();
            byte[] text = random(RANDOM.nextInt(16 * 1024));
            seal.init(Cipher.ENCRYPT_MODE, key, vector);
            seal.updateAAD(ByteBuffer.wrap(text, 0, Math.min(5, text.length)));
            ByteBuffer record = ByteBuffer.allocate(text.length + 16 + 8);
            record.position(8).put(text).position(8).limit(8 + text.length);
            ByteBuffer sealed = record.duplicate().limit(record.capacity());
            assertThat(seal.doFinal(record, sealed)).isEqualTo(text.length + 16);

            open.init(Cipher.DECRYPT_MODE, key, vector);
            open.updateAAD(text, 0, Math.min(5, text.length));
            ByteBuffer in = sealed.flip().position(8);
            assertThat(open.doFinal(in, in.duplicate())).isEqualTo(text.length);
            byte[] opened = new byte[text.length];
            sealed.get(8, opened);
            assertThat(opened).isEqualTo(text);
        }
    }

    @Test
    void nothingComesOutOfAMessageThatWasTouched() throws GeneralSecurityException {
        SecretKeySpec key = key(16);
        GCMParameterSpec vector = vector();
        byte[] sealed = own(Cipher.ENCRYPT_MODE, key, vector).doFinal(random(1000));
        for (int at : new int[] {0, 500, sealed.length - 1}) {
            byte[] touched = sealed.clone();
            touched[at] ^= 1;
            byte[] out = new byte[1000];
            Cipher cipher = own(Cipher.DECRYPT_MODE, key, vector);
            assertThatThrownBy(() -> cipher.doFinal(touched, 0, touched.length, out, 0))
                    .isInstanceOf(AEADBadTagException.class);
            assertThat(out).containsOnly(0);
            assertThat(cipher.doFinal(sealed)).as("the same cipher, after it").hasSize(1000);
        }
        Cipher cipher = own(Cipher.DECRYPT_MODE, key, vector);
        cipher.updateAAD(new byte[1]);
        assertThatThrownBy(() -> cipher.doFinal(sealed)).isInstanceOf(AEADBadTagException.class);
        assertThatThrownBy(() -> cipher.doFinal(new byte[15]))
                .isInstanceOf(AEADBadTagException.class);
    }

    @Test
    void anInitialVectorIsNotUsedTwice() throws GeneralSecurityException {
        SecretKeySpec key = key(16);
        GCMParameterSpec vector = vector();
        Cipher cipher = own(Cipher.ENCRYPT_MODE, key, vector);
        cipher.doFinal(new byte[1]);
        assertThatThrownBy(() -> cipher.doFinal(new byte[1]))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> cipher.init(Cipher.ENCRYPT_MODE, key, vector))
                .isInstanceOf(InvalidAlgorithmParameterException.class);
        cipher.init(Cipher.ENCRYPT_MODE, key, vector());
        assertThat(cipher.doFinal(new byte[1])).hasSize(17);
    }

    @Test
    void whatDoesNotFitIsRefusedWithoutUsingUpTheMessage() throws GeneralSecurityException {
        Cipher cipher = own(Cipher.ENCRYPT_MODE, key(16), vector());
        assertThatThrownBy(() -> cipher.doFinal(new byte[10], 0, 10, new byte[25], 0))
                .isInstanceOf(ShortBufferException.class);
        assertThat(cipher.doFinal(new byte[10])).hasSize(26);
    }

    @Test
    void whatItDoesNotDoTheJdkDoes() throws GeneralSecurityException {
        Cipher shortTag = Cipher.getInstance(CIPHER);
        shortTag.init(Cipher.ENCRYPT_MODE, key(16), new GCMParameterSpec(96, random(12)));
        assertThat(shortTag.getProvider().getName()).isEqualTo("SunJCE");
        assertThat(shortTag.doFinal(new byte[3])).hasSize(3 + 12);

        Cipher noVector = Cipher.getInstance(CIPHER);
        noVector.init(Cipher.ENCRYPT_MODE, key(16));
        assertThat(noVector.getIV()).hasSize(12);

        Cipher badKey = Cipher.getInstance(CIPHER);
        assertThatThrownBy(() -> badKey.init(Cipher.ENCRYPT_MODE, key(17), vector()))
                .isInstanceOf(InvalidKeyException.class);
    }
}
