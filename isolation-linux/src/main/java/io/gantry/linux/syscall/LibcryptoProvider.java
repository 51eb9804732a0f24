package io.gantry.linux.syscall;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Has the TLS of this JVM encrypt by OpenSSL's libcrypto: JSSE asks the first provider of {@code
 * AES/GCM/NoPadding}. The JDK's own cipher is fast only where its second compiler has come to it,
 * which a daemon that is compiled by the first alone does not have: 13 MB/s there, 1 GB/s here.
 */
public final class LibcryptoProvider extends Provider {

    private static final long serialVersionUID = 1L;

    private static final String CIPHER = "AES/GCM/NoPadding";

    private LibcryptoProvider() {
        super("Libcrypto", "1", "AES-GCM by OpenSSL's libcrypto");
        putService(
                new Service(
                        this, "Cipher", CIPHER, LibcryptoGcm.class.getName(), List.of(), Map.of()) {
                    @Override
                    public Object newInstance(@Nullable Object parameter) {
                        return new LibcryptoGcm();
                    }
                });
    }

    /** Done when it is first asked for. */
    private static final class Installed {
        private static final boolean FIRST = provide();

        private static boolean provide() {
            LibcryptoProvider provider = new LibcryptoProvider();
            return provider.works() && Security.insertProviderAt(provider, 1) == 1;
        }
    }

    /**
     * Makes it the first provider, once; where the library is missing or does not what it should,
     * nothing changes.
     */
    public static void install() {
        boolean _ = Installed.FIRST;
    }

    /** Test case 4 of what was proposed to NIST as GCM. */
    private boolean works() {
        try {
            Cipher cipher = Cipher.getInstance(CIPHER, this);
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(hex("feffe9928665731c6d6a8f9467308308"), "AES"),
                    new GCMParameterSpec(128, hex("cafebabefacedbaddecaf888")));
            cipher.updateAAD(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
            byte[] text =
                    hex(
                            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
            byte[] expected =
                    hex(
                            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                    + "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                                    + "5bc94fbc3221a5db94fae95ae7121a47");
            return Arrays.equals(cipher.doFinal(text), expected);
        } catch (GeneralSecurityException | ProviderException | LinkageError e) {
            return false;
        }
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
