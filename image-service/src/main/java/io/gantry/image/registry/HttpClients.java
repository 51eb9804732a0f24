package io.gantry.image.registry;

import io.gantry.base.Tasks;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;

/**
 * HTTP clients, which hold the connections that later requests use again: one for each way of
 * connecting. The JDK's client is used since it is there, streams with back-pressure, and gives a
 * request up when its thread is interrupted. HTTP/1.1 only: blobs in parallel want connections of
 * their own, not one that they share. Thread-safe.
 */
final class HttpClients implements AutoCloseable {

    /** Ways of connecting that are remembered; each costs a thread. */
    private static final int MAX_CLIENTS = 16;

    private final ExecutorService executor = Tasks.perTask("registry");
    private final Map<Key, HttpClient> clients = new LinkedHashMap<>(16, 0.75f, true);

    private record Key(RegistryHost.Connect connect, List<FileTime> files) {}

    /**
     * The client for a way of connecting. Certificates that were replaced on disk are read anew.
     *
     * @throws IOException when a certificate or key cannot be read
     */
    synchronized HttpClient get(RegistryHost.Connect connect) throws IOException {
        Key key = new Key(connect, times(connect.tls()));
        HttpClient client = clients.get(key);
        if (client == null) {
            client = create(connect);
            clients.put(key, client);
            forgetEldest();
        }
        return client;
    }

    @Override
    public synchronized void close() {
        clients.values().forEach(HttpClient::shutdownNow);
        clients.clear();
        executor.shutdownNow();
    }

    private HttpClient create(RegistryHost.Connect connect) throws IOException {
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .connectTimeout(connect.dialTimeout())
                        .executor(executor);
        if (!connect.tls().equals(TlsSettings.SYSTEM)) {
            builder.sslContext(TlsContexts.create(connect.tls()));
        }
        return builder.build();
    }

    /** A client that pulls still use ends with its last request. */
    private void forgetEldest() {
        if (clients.size() > MAX_CLIENTS) {
            Key eldest = clients.keySet().iterator().next();
            HttpClient client = clients.remove(eldest);
            if (client != null) {
                client.shutdown();
            }
        }
    }

    private static List<FileTime> times(TlsSettings tls) throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : tls.authorities()) {
            times.add(Files.getLastModifiedTime(file));
        }
        for (TlsSettings.ClientCertificate client : tls.clients()) {
            times.add(Files.getLastModifiedTime(client.certificate()));
            times.add(Files.getLastModifiedTime(client.keyFile()));
        }
        return times;
    }
}
