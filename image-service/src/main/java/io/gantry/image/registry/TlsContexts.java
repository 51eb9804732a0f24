package io.gantry.image.registry;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Turns {@link TlsSettings} into what the JDK wants. */
final class TlsContexts {

    private static final char[] NO_PASSWORD = new char[0];

    private TlsContexts() {}

    static SSLContext create(TlsSettings settings) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(settings), trustManagers(settings), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot set up TLS: " + e.getMessage(), e);
        }
    }

    private static KeyManager[] keyManagers(TlsSettings settings)
            throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        for (TlsSettings.ClientCertificate client : settings.clients()) {
            Certificate[] chain =
                    PemFiles.certificates(client.certificate()).toArray(Certificate[]::new);
            PrivateKey key = PemFiles.privateKey(client.keyFile());
            store.setKeyEntry(client.certificate().toString(), key, NO_PASSWORD, chain);
        }
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static TrustManager[] trustManagers(TlsSettings settings)
            throws IOException, GeneralSecurityException {
        if (settings.skipVerify()) {
            return new TrustManager[] {new TrustAnyone()};
        }
        KeyStore store = emptyStore();
        for (X509Certificate authority : systemAuthorities()) {
            store.setCertificateEntry("system-" + store.size(), authority);
        }
        for (Path file : settings.authorities()) {
            for (X509Certificate authority : PemFiles.certificates(file)) {
                store.setCertificateEntry("configured-" + store.size(), authority);
            }
        }
        return managersOf(store);
    }

    private static List<X509Certificate> systemAuthorities() throws GeneralSecurityException {
        List<X509Certificate> authorities = new ArrayList<>();
        for (TrustManager manager : managersOf(null)) {
            if (manager instanceof X509TrustManager x509) {
                authorities.addAll(Arrays.asList(x509.getAcceptedIssuers()));
            }
        }
        return authorities;
    }

    /** Of the system's authorities when {@code store} is null. */
    private static TrustManager[] managersOf(@Nullable KeyStore store)
            throws GeneralSecurityException {
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    /**
     * Asked for by name: {@code skip_verify}. Being an extended one, it also is not asked names.
     */
    private static final class TrustAnyone extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
