package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate of 127.0.0.1 that vouches for itself, made by the JDK's keytool. */
final class ServerCertificate {

    private static final String PASSWORD = "changeit";

    private final Path certificate;
    private final Path key;
    private final SSLContext trusting;

    /** Makes it in a directory. */
    ServerCertificate(Path directory)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path file = directory.resolve("server.p12");
        keytool(
                ("-genkeypair -alias server -keyalg EC -validity 2 -dname CN=server"
                                + " -ext SAN=ip:127.0.0.1 -storetype PKCS12 -storepass "
                                + PASSWORD
                                + " -keystore "
                                + file)
                        .split(" ", -1));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        certificate = directory.resolve("server.crt");
        key = directory.resolve("server.key");
        write(certificate, "CERTIFICATE", store.getCertificate("server").getEncoded());
        write(key, "PRIVATE KEY", store.getKey("server", PASSWORD.toCharArray()).getEncoded());
        trusting = trusting(store);
    }

    /** The files, as a configuration has them. */
    StreamingSettings.Tls files() {
        return new StreamingSettings.Tls(certificate, key);
    }

    /** For clients that trust it and nothing else. */
    SSLContext trusting() {
        return trusting;
    }

    private static SSLContext trusting(KeyStore store)
            throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", store.getCertificate("server"));
        TrustManagerFactory managers =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    private static void write(Path file, String kind, byte[] encoded) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        Files.writeString(
                file, "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        String[] words = new String[1 + arguments.length];
        words[0] = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool: " + said);
        }
    }
}
