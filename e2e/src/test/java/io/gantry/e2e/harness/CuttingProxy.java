package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bad line to a registry: every connection ends once so many bytes have come over it. Counts the
 * bytes that came over all.
 */
public final class CuttingProxy implements AutoCloseable {

    /** What lies in the kernel's buffers counts as received, so these are kept small. */
    private static final int SEND_BUFFER = 64 * 1024;

    private final ServerSocket listener;
    private final InetSocketAddress registry;
    private final long limit;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong cuts = new AtomicLong();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private CuttingProxy(ServerSocket listener, InetSocketAddress registry, long limit) {
        this.listener = listener;
        this.registry = registry;
        this.limit = limit;
    }

    /** Starts one on a free port of loopback that cuts after {@code limit} bytes. */
    public static CuttingProxy start(Registry registry, long limit) {
        try {
            String host = registry.host();
            int colon = host.lastIndexOf(':');
            CuttingProxy proxy =
                    new CuttingProxy(
                            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
                            new InetSocketAddress(
                                    host.substring(0, colon),
                                    Integer.parseInt(host.substring(colon + 1))),
                            limit);
            Thread.ofVirtual().name("cutting-proxy").start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Host and port, as they begin references. */
    public String host() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** Bytes that clients were sent, over all connections. */
    public long received() {
        return received.get();
    }

    /** Connections that were cut. */
    public long cuts() {
        return cuts.get();
    }

    @Override
    public void close() {
        closeQuietly(listener);
        open.forEach(CuttingProxy::closeQuietly);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException e) {
                // The listener was closed: the loop ends.
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        open.add(server);
        try {
            client.setSendBufferSize(SEND_BUFFER);
            server.connect(registry);
        } catch (IOException e) {
            closeQuietly(client);
            return;
        }
        Thread.ofVirtual().start(() -> copy(client, server, Long.MAX_VALUE, false));
        copy(server, client, limit, true);
    }

    private void copy(Socket from, Socket to, long most, boolean counted) {
        byte[] buffer = new byte[16 * 1024];
        long left = most;
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            while (left > 0) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) {
                    return;
                }
                out.write(buffer, 0, count);
                left -= count;
                if (counted) {
                    received.addAndGet(count);
                }
            }
            cuts.incrementAndGet();
        } catch (IOException e) {
            // Either end has gone, so the other goes too.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
